package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// figure is one measured number.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Target is what is hoped for on two cores, such as ">= 300000"; a figure that misses it fails
	// nothing.
	Target string `json:"target,omitempty"`
}

// result is what one run came to.
type result struct {
	Run string `json:"run"`
	// What says in a sentence what was done.
	What    string    `json:"what"`
	Figures []figure  `json:"figures"`
	Notes   []string  `json:"notes,omitempty"`
	Begun   time.Time `json:"begun"`
	// Details are the raw numbers behind the figures.
	Details map[string]any `json:"details,omitempty"`
}

func (r *result) add(name string, value float64, unit, target string) {
	r.Figures = append(r.Figures, figure{name, value, unit, target})
}

func (r *result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

func (r *result) detail(name string, value any) {
	if r.Details == nil {
		r.Details = map[string]any{}
	}
	r.Details[name] = value
}

// report is the JSON file.
type report struct {
	Machine machine  `json:"machine"`
	Options options  `json:"options"`
	Results []result `json:"results"`
}

// write stores the report under a name that says when it was made, and returns the path.
func (r *report) write(dir string) (string, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bench-"+r.Machine.Date.UTC().Format("20060102-150405")+".json")
	return path, os.WriteFile(path, append(text, '\n'), 0o644)
}

// print writes one run's table.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %s\n", r.Run, r.What)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, f := range r.Figures {
		target := ""
		if f.Target != "" {
			target = "target " + f.Target
		}
		fmt.Fprintf(table, "  %s\t%s\t %s\t %s\t\n", f.Name, number(f.Value), f.Unit, target)
	}
	_ = table.Flush() // the terminal's own errors are not ours to tell
	for _, n := range r.Notes {
		fmt.Fprintln(w, "  - "+n)
	}
}

// number writes large values whole and small ones with what matters of them.
func number(v float64) string {
	switch {
	case v >= 1000 || v == float64(int64(v)):
		return grouped(int64(v + 0.5))
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// grouped puts commas between groups of three digits of n, which is not negative.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
