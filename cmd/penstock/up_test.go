package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
)

func TestTheLogHasALevelAndAFormat(t *testing.T) {
	for _, c := range []struct {
		level, format, envLevel, envFormat string
		at                                 slog.Level
		json                               bool
	}{
		{at: slog.LevelInfo},
		{level: "debug", at: slog.LevelDebug},
		{level: "WARN", format: "json", at: slog.LevelWarn, json: true},
		{envLevel: "error", envFormat: "json", at: slog.LevelError, json: true},
		{level: "info", format: "text", envLevel: "error", envFormat: "json", at: slog.LevelInfo},
	} {
		t.Setenv("PENSTOCK_LOG_LEVEL", c.envLevel)
		t.Setenv("PENSTOCK_LOG_FORMAT", c.envFormat)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		logger, err := newLogger(w, c.level, c.format)
		if err != nil {
			t.Fatal(err)
		}
		if !logger.Enabled(context.Background(), c.at) || logger.Enabled(context.Background(), c.at-1) {
			t.Errorf("%+v: another level", c)
		}
		logger.Error("hello")
		_ = w.Close()
		line, err := io.ReadAll(r)
		if err != nil || json.Valid(line) != c.json || !strings.Contains(string(line), "hello") {
			t.Errorf("%+v: %s, %v", c, line, err)
		}
	}
	t.Setenv("PENSTOCK_LOG_LEVEL", "")
	t.Setenv("PENSTOCK_LOG_FORMAT", "")
	for _, c := range [][2]string{{"loud", ""}, {"", "xml"}, {"info+1", ""}} {
		if _, err := newLogger(os.Stderr, c[0], c[1]); err == nil {
			t.Errorf("%q was taken", c)
		}
	}
}
