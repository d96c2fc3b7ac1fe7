package format

// NeedsQuotes is needsQuotes for tests.
func NeedsQuotes(s []byte) bool { return needsQuotes(s) }
