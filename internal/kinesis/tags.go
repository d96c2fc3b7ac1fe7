package kinesis

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of tags, in characters.
const (
	maxTagKey   = 128
	maxTagValue = 256
	// maxSentTags is how many tags AWS reads in one request. A stream has fewer.
	maxSentTags = 200
)

// checkTags checks tags to set by themselves.
func checkTags(v *violations, tags map[string]string) {
	if tags == nil {
		return
	}
	v.length(quoteMap(tags), "tags", len(tags), 0, maxSentTags)
	badKey, badValue := false, false
	for key, value := range tags {
		badKey = badKey || !tagKeyFits(key)
		badValue = badValue || utf8.RuneCountInString(value) > maxTagValue
	}
	if badKey {
		v.add(quoteMap(tags), "tags", "Map keys must satisfy constraint: "+lengthConstraint(1, maxTagKey))
	}
	if badValue {
		v.add(quoteMap(tags), "tags", "Map value must satisfy constraint: "+lengthConstraint(0, maxTagValue))
	}
}

// checkTagKeys checks tag keys to remove by themselves.
func checkTagKeys(v *violations, keys []string) {
	v.required("tagKeys", keys != nil)
	if keys == nil {
		return
	}
	v.length(quoteList(keys), "tagKeys", len(keys), 1, maxTags)
	if slices.ContainsFunc(keys, func(key string) bool { return !tagKeyFits(key) }) {
		v.add(quoteList(keys), "tagKeys", "Member must satisfy constraint: "+lengthConstraint(1, maxTagKey))
	}
}

func tagKeyFits(key string) bool {
	n := utf8.RuneCountInString(key)
	return n >= 1 && n <= maxTagKey
}

// lengthConstraint is how AWS writes what it asks of the elements of a list or map.
func lengthConstraint(least, most int) string {
	return fmt.Sprintf("[Member must have length less than or equal to %d, Member must have length greater than or equal to %d]", most, least)
}

// checkTagCount checks how many tags a stream would have.
func (s *Server) checkTagCount(verb, stream string, total int) *failure {
	if total > maxTags {
		return invalidArgument("Failed to %s tags to stream %s under account %s because a given stream cannot have more than %d tags associated with it.",
			verb, stream, s.cfg.AccountID, maxTags)
	}
	return nil
}

// checkTagText checks the characters of tags or of their keys.
func checkTagText(texts iter.Seq[string]) *failure {
	for text := range texts {
		if strings.ContainsFunc(text, func(c rune) bool { return !tagCharacter(c) }) {
			return invalidArgument("Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - %% @.")
		}
	}
	return nil
}

// tagTexts are the keys and the values of tags.
func tagTexts(tags map[string]string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for key, value := range tags {
			if !yield(key) || !yield(value) {
				return
			}
		}
	}
}

// tagCharacter tells whether a tag may have the character. White space is what separates words in a line,
// as AWS refuses tabs and line feeds. The colon, which AWS's text does not name, is part of many keys that tools
// make (aws:cloudformation:stack-name).
func tagCharacter(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c) || unicode.Is(unicode.Zs, c) || strings.ContainsRune("_.:/=+-%@", c)
}

// writeTags writes tags by ascending key.
func writeTags(w writer, tags map[string]string, keys []string) {
	w.field("Tags")
	w.list()
	for _, key := range keys {
		w.object()
		w.field("Key")
		w.text(key)
		w.field("Value")
		w.text(tags[key])
		w.end()
	}
	w.end()
}
