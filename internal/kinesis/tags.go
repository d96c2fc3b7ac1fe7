package kinesis

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkTags checks tags to set by themselves.
func checkTags(v *violations, tags map[string]string) {
	if tags == nil {
		return
	}
	v.length("'{"+strconv.Itoa(len(tags))+" tags}'", "tags", len(tags), 0, maxTags)
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 {
			v.add(quote(key), "tags", "Map keys must satisfy constraint: [Member must have length less than or equal to 128, "+
				"Member must have length greater than or equal to 1]")
		}
		if utf8.RuneCountInString(tags[key]) > 256 {
			v.add(quote(tags[key]), "tags", "Map value must satisfy constraint: [Member must have length less than or equal to 256, "+
				"Member must have length greater than or equal to 0]")
		}
	}
}

// checkTagKeys checks tag keys to remove by themselves.
func checkTagKeys(v *violations, keys []string) {
	v.required("tagKeys", keys != nil)
	if keys == nil {
		return
	}
	v.length("'["+strconv.Itoa(len(keys))+" keys]'", "tagKeys", len(keys), 1, maxTags)
	for _, key := range keys {
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 {
			v.add(quote(key), "tagKeys", "Member must satisfy constraint: [Member must have length less than or equal to 128, "+
				"Member must have length greater than or equal to 1]")
		}
	}
}

// checkTagText checks the characters of tags, and how many a stream would have.
func (s *Server) checkTagText(verb, stream string, tags map[string]string, total int) *failure {
	for key, value := range tags {
		if strings.ContainsFunc(key+value, func(c rune) bool { return !tagCharacter(c) }) {
			return invalidArgument("Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . : / = + - @.")
		}
	}
	if total > maxTags {
		return invalidArgument("Failed to %s tags to stream %s under account %s because a given stream cannot have more than %d tags associated with it.",
			verb, stream, s.cfg.AccountID, maxTags)
	}
	return nil
}

func tagCharacter(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c) || unicode.IsSpace(c) || strings.ContainsRune("_.:/=+-@", c)
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
