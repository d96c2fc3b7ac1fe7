package monitor

import (
	"strings"
	"time"
)

// span writes a length of time, to a whole unit, as people do: 5m where Go writes 5m0s.
func span(d, unit time.Duration) string {
	text := d.Round(unit).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
