package prefix_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/firehose/prefix"
)

var at = time.Date(2026, 11, 2, 5, 6, 7, 89_000_000, time.FixedZone("east", 2*3600)) // 03:06:07 UTC

func TestEvaluate(t *testing.T) {
	for _, tc := range []struct {
		text string
		kind prefix.Kind
		want string
	}{
		{prefix.Data, prefix.ForData, "data/orders/dt=2026-11-02/hour=03/"},
		{prefix.Errors, prefix.ForErrors, "errors/processing-failed/dt=2026-11-02/hour=03/"},
		{"", prefix.ForData, "2026/11/02/03/"},
		{"data/", prefix.ForData, "data/2026/11/02/03/"},
		{"errors/", prefix.ForErrors, "errors/processing-failed/2026/11/02/03/"},
		{"", prefix.ForErrors, "processing-failed/2026/11/02/03/"},
		{"e/!{firehose:error-output-type}/", prefix.ForErrors, "e/processing-failed/"},
		{"a/!{firehose:random-string}/!{firehose:random-string}/", prefix.ForData, "a/r1/r2/2026/11/02/03/"},
		{"!{timestamp:'year='yyyy'/month='MM/dd/}", prefix.ForData, "year=2026/month=11/02/"},
		{"!{timestamp:y-M-d-D-H-h-k-K-m-s-SSS-a-yy-MMM-MMMM-EEE-EEEE''}", prefix.ForData, "2026-11-2-306-3-3-3-3-6-7-089-AM-26-Nov-November-Mon-Monday'"},
		{"!{partitionKeyFromLambda:table}/!{partitionKeyFromLambda:day}/!{timestamp:HH}", prefix.ForData, "orders//03"},
	} {
		p, err := prefix.Parse(tc.text, tc.kind)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
			continue
		}
		n := 0
		got := p.Evaluate(prefix.Values{Time: at, Keys: map[string]string{"table": "orders"}, ErrorType: prefix.ProcessingFailed,
			Random: func() string { n++; return "r" + string(rune('0'+n)) }})
		if got != tc.want || p.String() != tc.text {
			t.Errorf("%q gives %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, kind := range map[string]prefix.Kind{
		"!{timestamp:yyyy": prefix.ForData, "!{timestamp:}": prefix.ForData, "!{timestamp:Q}": prefix.ForData, "!{timestamp:yyyyy}": prefix.ForData,
		"!{timestamp:'x}": prefix.ForData, "!{x:y}": prefix.ForData, "!{timestamp}": prefix.ForData, "!{firehose:other}": prefix.ForData,
		"!{firehose:error-output-type}": prefix.ForData, "!{partitionKeyFromLambda:}": prefix.ForData, "!{partitionKeyFromQuery:a}": prefix.ForData,
		"!{partitionKeyFromLambda:a}!{firehose:error-output-type}": prefix.ForErrors, "!{timestamp:yyyy}/": prefix.ForErrors,
		strings.Repeat("x", prefix.MaxLength+1): prefix.ForData,
	} {
		if p, err := prefix.Parse(text, kind); err == nil {
			t.Errorf("%.40q was taken: %v", text, p)
		}
	}
	if _, err := prefix.Parse(strings.Repeat("ä", prefix.MaxLength), prefix.ForData); err != nil {
		t.Error(err)
	}
}

func TestObjectName(t *testing.T) {
	if got := prefix.ObjectName("orders", 1, at, "u-1", ".gz"); got != "orders-1-2026-11-02-03-06-07-u-1.gz" {
		t.Error(got)
	}
	if got := prefix.ObjectName("orders", 0, at, "u-1", ""); got != "orders-2026-11-02-03-06-07-u-1" {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(prefix.Data)
	f.Add("!{timestamp:'")
	f.Fuzz(func(_ *testing.T, text string) {
		for _, kind := range []prefix.Kind{prefix.ForData, prefix.ForErrors} {
			if p, err := prefix.Parse(text, kind); err == nil {
				p.Evaluate(prefix.Values{Time: at, Random: func() string { return "r" }})
			}
		}
	})
}
