package contract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

func brokenSource(t *testing.T, name string) Source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "broken", name))
	if err != nil {
		t.Fatal(err)
	}
	return Source{Name: "contracts/" + name, Text: text}
}

// The messages are for people: the golden file is there to be read.
func TestFaultsOfBrokenFiles(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("testdata", "broken"))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, entry := range entries {
		_, err := Compile([]Source{brokenSource(t, entry.Name())})
		if err == nil {
			fmt.Fprintf(&got, "%s is fine alone\n\n", entry.Name())
			continue
		}
		fmt.Fprintf(&got, "%v\n\n", err)
	}
	golden(t, "broken.golden", got.String())
}

func TestFaultsBetweenFiles(t *testing.T) {
	var sources []Source
	for _, name := range []string{"catchall.yaml", "key.yaml", "keymask.yaml", "tab.yaml"} {
		sources = append(sources, brokenSource(t, name))
	}
	sources = append(sources, Source{Name: "contracts/other.yaml", Text: []byte("table: other\ncolumns:\n  - {name: id, type: bigint}\n")})
	_, err := Compile(sources)
	golden(t, "between.golden", fmt.Sprintf("%v\n", err))
}

func TestLimitsOfContracts(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		b.WriteString("table: t\ncolumns:\n")
		for i := range n {
			fmt.Fprintf(&b, "  - {name: c%d, type: bigint}\n", i)
		}
		return b.String()
	}
	compile(t, many(MaxColumns))
	for name, text := range map[string]string{
		"1001 columns":     many(MaxColumns + 1),
		"a file too long":  "table: t\n#" + strings.Repeat(" ", MaxSourceBytes),
		"a name too long":  strings.Replace(many(1), "c0", strings.Repeat("a", 64), 1),
		"a name with UTF8": strings.Replace(many(1), "c0", "größe", 1),
	} {
		var invalid *InvalidError
		if _, err := Compile([]Source{{Name: "a.yaml", Text: []byte(text)}}); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	compile(t, strings.Replace(many(1), "c0", strings.Repeat("a", 63), 1))
	var refused *event.Error
	if _, err := Compile(nil); !errors.As(err, &refused) || refused.Code != "no_contracts" {
		t.Errorf("no contracts: %v", err)
	}
	if _, err := Compile(make([]Source, MaxContracts+1)); !errors.As(err, &refused) || refused.Code != "too_many_contracts" {
		t.Errorf("1001 contracts: %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	entries, _ := os.ReadDir(filepath.Join("testdata", "broken"))
	for _, entry := range entries {
		text, _ := os.ReadFile(filepath.Join("testdata", "broken", entry.Name()))
		f.Add(text)
	}
	f.Add([]byte(one("type: bigint, minimum: 1, default: 5")))
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := Compile([]Source{{Name: "a.yaml", Text: text}})
		if (set == nil) == (err == nil) {
			t.Fatalf("neither a set nor an error, or both: %v", err)
		}
		var invalid *InvalidError
		if errors.As(err, &invalid) {
			for _, fault := range invalid.Faults {
				if fault.Line < 1 || fault.Message == "" || fault.Instead == "" {
					t.Fatalf("%+v", fault)
				}
			}
		}
	})
}
