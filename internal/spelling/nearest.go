// Package spelling finds the word that somebody meant who mistyped one.
package spelling

import "strings"

// Nearest is the known word that text is most likely a misspelling of, or "" when none is near.
//
// A word is near when at most half of its letters, and no more than three, would have to be
// inserted, removed, replaced or swapped with their neighbour. Case, underscores, hyphens and spaces do not count:
// min_length, min-length and minLength are the same word.
func Nearest(text string, known []string) string {
	plain := flatten(text)
	best, least := "", min(len(plain)/2, mostEdits)+1
	for _, word := range known {
		if d := editDistance(plain, flatten(word)); d < least {
			best, least = word, d
		}
	}
	return best
}

// mostEdits is how many letters a misspelling may differ in.
const mostEdits = 3

func flatten(word string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(word))
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours that turn a
// into b. Its cost is the product of the lengths; words of our files are short, longer ones are far.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	var rows [3][65]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
