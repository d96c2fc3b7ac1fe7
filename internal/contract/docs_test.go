package contract

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The reference page names every word, type, format and reason there is, and its example compiles.
func TestReferencePageIsComplete(t *testing.T) {
	read := func(parts ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, parts...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	page := read("docs", "contracts.md")
	var words []string
	for _, w := range contractWords() {
		words = append(words, w.name)
	}
	for _, w := range columnWords() {
		words = append(words, w.name)
	}
	for name := range textFormats() {
		words = append(words, name)
	}
	for _, name := range typeNames() {
		words = append(words, strings.Replace(name, "decimal", "decimal(p,s)", 1))
	}
	for _, match := range regexp.MustCompile(`Reason = "(\w+)"`).FindAllStringSubmatch(read("internal", "event", "reason.go"), -1) {
		words = append(words, match[1])
	}
	for _, word := range words {
		if !strings.Contains(page, "`"+word+"`") && !strings.Contains(page, "[`"+word+"`]") {
			t.Errorf("docs/contracts.md does not name `%s`", word)
		}
	}
	if len(words) < 60 {
		t.Errorf("only %d words were looked for", len(words))
	}
	_, example, _ := strings.Cut(page, "    # contracts/orders.yaml\n")
	example, _, _ = strings.Cut(example, "\n\n")
	compile(t, strings.ReplaceAll(example, "\n    ", "\n")[4:])
}
