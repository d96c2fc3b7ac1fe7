package stream

import (
	"context"
	"fmt"
	"log/slog"
)

// serverLog passes what the embedded server says on to slog. The server's notices, and its advice on
// settings that are ours, are of interest to those who debug it only; its errors are warnings here,
// because the log itself decides what is an error and says so in its own words.
type serverLog struct{ to *slog.Logger }

func (s serverLog) Noticef(format string, v ...any) { s.say(slog.LevelDebug, format, v) }
func (s serverLog) Debugf(format string, v ...any)  { s.say(slog.LevelDebug, format, v) }
func (s serverLog) Tracef(format string, v ...any)  { s.say(slog.LevelDebug, format, v) }
func (s serverLog) Warnf(format string, v ...any)   { s.say(slog.LevelDebug, format, v) }
func (s serverLog) Errorf(format string, v ...any)  { s.say(slog.LevelWarn, format, v) }
func (s serverLog) Fatalf(format string, v ...any)  { s.say(slog.LevelWarn, format, v) }

func (s serverLog) say(level slog.Level, format string, v []any) {
	if s.to.Enabled(context.Background(), level) {
		s.to.Log(context.Background(), level, fmt.Sprintf(format, v...))
	}
}
