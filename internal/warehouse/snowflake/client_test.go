package snowflake

import (
	"errors"
	"fmt"
	"testing"

	"github.com/snowflakedb/gosnowflake"
)

// What is wrong with a file must not hold up the files behind it, and what somebody can mend must not condemn a file.
func TestWhichErrorsAreAboutTheFile(t *testing.T) {
	for _, c := range []struct {
		number int
		state  string
		about  bool
	}{
		{100_038, "22018", true}, {100_000, "", true}, {100_999, "", true}, {99_999, "", false}, {101_000, "", false},
		{392, "22000", true}, {90_105, "22000", false}, {91_016, "22000", false}, {89_999, "22000", true}, {92_000, "22000", true}, {3001, "42501", false}, {2003, "02000", false}, {904, "42000", false}, {604, "57014", false}, {390_114, "08001", false},
	} {
		err := fmt.Errorf("copy: %w", &gosnowflake.SnowflakeError{Number: c.number, SQLState: c.state})
		if aboutData(err) != c.about {
			t.Errorf("%d of class %s: %v", c.number, c.state, !c.about)
		}
	}
	if aboutData(errors.New("connection refused")) {
		t.Error("a broken connection is no fault of a file")
	}
}
