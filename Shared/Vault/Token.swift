/// A value that was taken out of sight: its kind and its number within a case stand in for it.
enum Placeholder {}
