// Checks a Countersign ledger with packages that Countersign's authors did not write: golang.org/x/mod/sumdb/tlog and …/note.
//
//	verify LOG-URL LOG-KEY [WITNESS-KEY]          the whole log, from its tiles
//	verify -proof FILE LOG-KEY                    a .tlog-proof
//	verify -packet FILE LOG-KEY                   a packet: every record of it
//
// Prints one line for each thing that holds; exits 1 with a reason otherwise.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, values ...any) {
	fmt.Printf("NOT SOUND: "+format+"\n", values...)
	os.Exit(1)
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// cosigner verifies cosignature/v1 lines (C2SP tlog-cosignature) as a note.Verifier.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	time := binary.BigEndian.Uint64(sig)
	return ed25519.Verify(c.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, msg)), sig[8:])
}

func witness(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		fail("no key: %s", vkey)
	}
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	if len(key) != 33 || key[0] != 4 {
		fail("no key of a witness: %s", vkey)
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	return cosigner{parts[0], binary.BigEndian.Uint32(hash[:4]), ed25519.PublicKey(key[1:])}
}

// open checks a checkpoint's signatures by the keys and gives its tree.
func open(text []byte, keys ...note.Verifier) tlog.Tree {
	found := must(note.Open(text, note.VerifierList(keys...)))
	if len(found.Sigs) < len(keys) {
		fail("%d of %d keys have signed the checkpoint", len(found.Sigs), len(keys))
	}
	lines := strings.Split(found.Text, "\n")
	size := must(strconv.ParseInt(lines[1], 10, 64))
	hash := must(tlog.ParseHash(lines[2]))
	return tlog.Tree{N: size, Hash: hash}
}

// tiles reads tiles of height 8 over HTTP, in the layout of C2SP tlog-tiles.
type tiles struct{ url string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := get(t.url + "/" + path(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// path is tlog's own, without the height: tile/8/0/x001/067 is tile/0/x001/067 there.
func path(tile tlog.Tile) string { return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/") }

func entries(url string, bundle, count int64) [][]byte {
	name := fmt.Sprintf("%03d", bundle%1000)
	for rest := bundle / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/", rest%1000) + name
	}
	if count < 256 {
		name += fmt.Sprintf(".p/%d", count)
	}
	data := must(get(url + "/tile/entries/" + name))
	var all [][]byte
	for len(data) > 0 {
		length := int(binary.BigEndian.Uint16(data))
		all = append(all, data[2:2+length])
		data = data[2+length:]
	}
	return all
}

func wholeLog(url string, keys []note.Verifier) {
	tree := open(must(get(url+"/checkpoint")), keys...)
	fmt.Printf("checkpoint of %d records, signed by %d keys\n", tree.N, len(keys))
	reader := tlog.TileHashReader(tree, tiles{url})
	// The tree from the records alone, with tlog's own stored hashes.
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	var leaves [][]byte
	for n := int64(0); n < tree.N; n += 256 {
		count := tree.N - n
		if count > 256 {
			count = 256
		}
		for _, entry := range entries(url, n/256, count) {
			stored = append(stored, must(tlog.StoredHashes(int64(len(leaves)), entry, hashes))...)
			leaves = append(leaves, entry)
		}
	}
	if int64(len(leaves)) != tree.N {
		fail("%d records are served", len(leaves))
	}
	if root := must(tlog.TreeHash(tree.N, hashes)); root != tree.Hash {
		fail("the records give the root %v, %v is signed", root, tree.Hash)
	}
	fmt.Printf("the records give the signed root\n")
	step := tree.N/200 + 1
	proofs := 0
	for n := int64(0); n < tree.N; n += step {
		proof := must(tlog.ProveRecord(tree.N, n, reader))
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(leaves[n])); err != nil {
			fail("record %d: %v", n, err)
		}
		proofs++
		if n > 0 {
			older := must(tlog.TreeHash(n, hashes))
			if err := tlog.CheckTree(must(tlog.ProveTree(tree.N, n, reader)), tree.N, tree.Hash, n, older); err != nil {
				fail("tree of %d: %v", n, err)
			}
			proofs++
		}
	}
	fmt.Printf("%d proofs from tiles hold\n", proofs)
}

func proofFile(name string, key note.Verifier) {
	text := must(os.ReadFile(name))
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		fail("no .tlog-proof")
	}
	tree := open(checkpoint, key)
	var entry []byte
	var index int64
	var proof tlog.RecordProof
	for n, line := range strings.Split(string(head), "\n") {
		switch {
		case n == 0:
			if line != "c2sp.org/tlog-proof@v1" {
				fail("no .tlog-proof: %s", line)
			}
		case strings.HasPrefix(line, "extra "):
			entry = must(base64.StdEncoding.DecodeString(line[6:]))
		case strings.HasPrefix(line, "index "):
			index = must(strconv.ParseInt(line[6:], 10, 64))
		default:
			proof = append(proof, must(tlog.ParseHash(line)))
		}
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		fail("record %d: %v", index, err)
	}
	fmt.Printf("record %d is in the tree of %d\n", index, tree.N)
}

func packet(name string, key note.Verifier) {
	var packet struct {
		Case       string
		Checkpoint string
		Signature  string
		Records    []struct {
			Position      int64
			Leaf          []byte
			State         string
			Salt, Content []byte
			Proof         []tlog.Hash
		}
	}
	data := must(os.ReadFile(name))
	if err := json.Unmarshal(data, &packet); err != nil {
		fail("%v", err)
	}
	tree := open([]byte(packet.Checkpoint), key)
	must(note.Open([]byte(packet.Signature), note.VerifierList(key)))
	contents := 0
	for _, record := range packet.Records {
		if err := tlog.CheckRecord(tlog.RecordProof(record.Proof), tree.N, tree.Hash, record.Position, tlog.RecordHash(record.Leaf)); err != nil {
			fail("record %d: %v", record.Position, err)
		}
		if record.State != "present" {
			continue
		}
		// The content's hash stands 12 bytes behind the topic's name, whose length is at 2.
		at := 4 + int(binary.LittleEndian.Uint16(record.Leaf[2:])) + 12
		isThere := byte(1)
		if record.Content == nil {
			isThere = 0
		}
		hash := sha256.Sum256(append(append(append([]byte{}, record.Salt...), record.Content...), isThere))
		if !bytes.Equal(hash[:], record.Leaf[at:at+32]) {
			fail("the content of record %d is not what its leaf commits to", record.Position)
		}
		contents++
	}
	fmt.Printf("%d records of case %s are in the tree of %d, %d contents fit\n", len(packet.Records), packet.Case, tree.N, contents)
}

func main() {
	args := os.Args[1:]
	if len(args) == 3 && args[0] == "-proof" {
		proofFile(args[1], must(note.NewVerifier(args[2])))
	} else if len(args) == 3 && args[0] == "-packet" {
		packet(args[1], must(note.NewVerifier(args[2])))
	} else if len(args) >= 2 {
		keys := []note.Verifier{must(note.NewVerifier(args[1]))}
		for _, vkey := range args[2:] {
			keys = append(keys, witness(vkey))
		}
		wholeLog(args[0], keys)
	} else {
		fail("verify URL KEY [WITNESS-KEY…] | -proof FILE KEY | -packet FILE KEY")
	}
}
