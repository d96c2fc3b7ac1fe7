package spelling

import (
	"strings"
	"testing"
)

func TestNearestFindsTheWordThatWasMeant(t *testing.T) {
	known := []string{"stream", "delivery", "lake", "warehouse", "minLength", "shards", "duckdb"}
	for text, want := range map[string]string{
		"steam": "stream", "straem": "stream", "Delivery": "delivery", "min_length": "minLength",
		"shard": "shards", "duckd": "duckdb", "lkae": "lake",
		"kafka": "", "": "", "x": "", "s3": "", "absent": "", strings.Repeat("stream", 100): "",
	} {
		if got := Nearest(text, known); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestNothingIsNearNothing(t *testing.T) {
	if got := Nearest("stream", nil); got != "" {
		t.Errorf("%q", got)
	}
}
