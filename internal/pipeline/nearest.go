package pipeline

import "strings"

// nearest is the known word that text is most likely a misspelling of, or "" when none is near. A
// word counts as near when at most a third of it, or two letters, would have to change.
func nearest(text string, known []string) string {
	best, least := "", max(2, len(text)/3)+1
	for _, word := range known {
		if d := distance(plain(text), plain(word)); d < least {
			best, least = word, d
		}
	}
	if least >= len(best) {
		return "" // nothing of the word was there
	}
	return best
}

// plain makes max-record, maxRecord and max_record the same word.
func plain(word string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(word))
}

// distance counts the letters to insert, remove or replace to make b of a.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, cost)
		}
	}
	return row[len(b)]
}
