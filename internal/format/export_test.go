package format

// NeedsQuotes reports whether a text that is not empty gets quotes.
func NeedsQuotes(s []byte) bool {
	_, plain := appendPlain(nil, s)
	return !plain
}
