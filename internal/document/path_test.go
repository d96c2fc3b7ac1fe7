package document

import (
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	const text = `{"a":{"b":[{"c":1},{"c":[10,20]}],"odd key":2,"it's":3,"]":4,"\\":5},"id":6,"order-id":7,"@type":8,"":9,"größe":10,"$":11,"$t":12,"0":13}`
	tests := []struct{ path, found, shortest string }{
		{"$", text, "$"},
		{"id", "6", "id"},
		{"$.id", "6", "id"},
		{"$['id']", "6", "id"},
		{`["id"]`, "6", "id"},
		{"a.b[0].c", "1", "a.b[0].c"},
		{"$.a.b[1].c[1]", "20", "a.b[1].c[1]"},
		{"a['b'][1]['c'][0]", "10", "a.b[1].c[0]"},
		{"a['odd key']", "2", "a['odd key']"},
		{`a["it's"]`, "3", `a['it\'s']`},
		{`a['it\'s']`, "3", `a['it\'s']`},
		{`a["]"]`, "4", "a[']']"},
		{`$['a']['\\']`, "5", `a['\\']`},
		{"order-id", "7", "order-id"},
		{"@type", "8", "@type"},
		{"['']", "9", "$['']"},
		{"größe", "10", "größe"},
		{"$['$']", "11", "$['$']"},
		{"$t", "12", "$t"},
		{"0", "13", "0"},
		{"a.b[2].c", "", "a.b[2].c"},
		{"a.x.y", "", "a.x.y"},
		{"id.x", "", "id.x"},
		{"id[0]", "", "id[0]"},
		{"$[0]", "", "$[0]"},
	}
	for _, test := range tests {
		p, err := ParsePath(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		v := parse(t, text)
		if got := string(p.Find(v).Raw()); got != test.found {
			t.Errorf("%s found %s", test.path, got)
		}
		if p.Len() > 0 && p.Field() != "" && string(p.Rest().Find(v.Get(p.Field())).Raw()) != test.found {
			t.Errorf("%s: Rest is %s", test.path, p.Rest())
		}
		again, err := ParsePath(p.String())
		if err != nil || p.String() != test.shortest || again.String() != p.String() {
			t.Errorf("%s prints as %s, %v", test.path, p, err)
		}
	}
}

func TestPathRefuses(t *testing.T) {
	for text, message := range map[string]string{
		"":               "it is empty",
		"a.":             "name is missing after the last dot",
		"$.":             "name is missing after the last dot",
		"a..b":           "whole path",
		"$..b":           "whole path",
		"a.*":            "name one field",
		"a[*]":           "[*] is not supported",
		"a[-1]":          "[-1] is not supported",
		"a[1:2]":         "[1:2] is not supported",
		"a[]":            "[] is not supported",
		"a[b]":           "[b] is not supported",
		"a[99999999999]": "beyond any array",
		"a[0":            "] is missing",
		"a['b":           "closing ' is missing",
		"a['b'":          "] is missing after",
		"a['b'x]":        "] is missing after",
		"a[0]b":          "dot is missing",
		"a b":            "dot is missing",
		" a":             "in brackets and quotes",
		"a. b":           "in brackets and quotes",
		"a\\":            "dot is missing",
	} {
		if p, err := ParsePath(text); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: %v, %v; want %q", text, p, err, message)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("a.b[0]['c d']", `{"a":{"b":[{"c d":1}]}}`)
	f.Fuzz(func(t *testing.T, text, doc string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q prints as %q, which reads as %q, %v", text, p, again, err)
		}
		if v, err := new(Parser).Parse([]byte(doc)); err == nil {
			if a, b := p.Find(v), again.Find(v); a != b {
				t.Fatalf("%q finds %s, %q finds %s", text, a.Raw(), p, b.Raw())
			}
		}
	})
}
