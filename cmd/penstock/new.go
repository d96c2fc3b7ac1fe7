package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/examples"
	"github.com/penstock/penstock/internal/infer"
	"github.com/penstock/penstock/internal/pipeline"
)

type newOptions struct {
	from   []string
	format string
	table  string
	asJSON bool
}

func newNewCommand() *cobra.Command {
	var options newOptions
	cmd := &cobra.Command{
		Use:   "new FOLDER",
		Short: "Make a pipeline of your own, from sample events",
		Long: `Make the folder of a new pipeline: pipeline.yaml, a contract for each type of event,
and a dashboard for each.

With --from they are proposed from sample events, rows of CSV files or JSON objects
of NDJSON and JSON files: the types are told apart by a field such as event_type, or
by their files; nested objects become columns, numbers get a type that keeps every
digit, times are recognised however they are written, and personal data is masked.
Read the contracts and mend what is wrong. Without --from it makes a pipeline of a few
events of a shop, to look at and to change.

Nothing that is there is overwritten.`,
		Example: `  penstock new shop
  penstock new shop --from events.ndjson
  penstock new shop --from orders.csv payments.ndjson.gz
  tail -n 1000 events.log | penstock new shop --from - --table events`,
		Args: newFolder,
		RunE: func(cmd *cobra.Command, args []string) error { return runNew(cmd, options, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&options.from, "from", nil, "propose the contracts from the events of this file and of those that follow; - is standard input")
	flags.StringVar(&options.format, "format", "auto", "how the files are written: csv, ndjson, json, or auto")
	flags.StringVar(&options.table, "table", "", "the table's name, when all events are of one type (default: from the type or the file)")
	flags.BoolVar(&options.asJSON, "json", false, "print what was made as JSON")
	return cmd
}

// newFolder makes sure that a folder is named. The names behind the first are of files, when --from is given.
func newFolder(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || len(args) > 1 && !cmd.Flags().Changed("from") {
		return usageError{errors.New("name the folder to make, such as `penstock new shop`, and sample events behind --from")}
	}
	return nil
}

// newReport is what was made, for people and for programs.
type newReport struct {
	Folder string   `json:"folder"`
	Stream string   `json:"stream"`
	Files  []string `json:"files"`
	// Sample is the file of events to send first.
	Sample string `json:"sample,omitempty"`
	*infer.Proposal

	cut string
	// send is Sample as a shell takes it.
	send string
}

func runNew(cmd *cobra.Command, options newOptions, args []string) error {
	dir := filepath.Clean(args[0])
	if err := isNoPipeline(dir); err != nil {
		return err
	}
	read, starter, err := options.sample(cmd, args[1:])
	if err != nil {
		return err
	}
	proposal, err := infer.Contracts(read.events, infer.Config{Table: options.table})
	if err != nil {
		return usageError{err}
	}
	report := newReport{Folder: dir, Stream: streamOf(dir), Proposal: proposal, cut: read.told()}
	files := []newFile{{filepath.Join(dir, pipeline.FileName), pipelineText(report.Stream)}}
	for _, c := range proposal.Contracts {
		files = append(files, newFile{filepath.Join(dir, c.File), c.Text})
	}
	for _, c := range proposal.Contracts {
		files = append(files, newFile{filepath.Join(dir, "dashboards", c.Table+".yaml"), c.Dashboard(time.Now())})
	}
	switch {
	case starter:
		report.Sample = filepath.Join(dir, "events.ndjson")
		report.send = shellWord(report.Sample)
		files = append(files, newFile{report.Sample, examples.Starter})
	case options.from[0] != "-":
		paths := append(options.from[:1:1], args[1:]...)
		report.Sample = strings.Join(paths, " ")
		for i, path := range paths {
			paths[i] = shellWord(path)
		}
		report.send = strings.Join(paths, " ")
	}
	if err := writeNewFiles(files); err != nil {
		return err
	}
	for _, f := range files {
		report.Files = append(report.Files, f.path)
	}
	return report.print(cmd.OutOrStdout(), options.asJSON)
}

// sample are the events of the files, or those that come with the binary.
func (o newOptions) sample(cmd *cobra.Command, more []string) (read sample, starter bool, err error) {
	if len(o.from) == 0 {
		read, err = sampleOfText("events.ndjson", examples.Starter)
		return read, true, err
	}
	read, err = readSample(cmd.Context(), append(o.from[:len(o.from):len(o.from)], more...), o.format)
	return read, false, err
}

// isNoPipeline refuses a folder that is a pipeline already.
func isNoPipeline(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usageError{err}
	case !info.IsDir():
		return usageError{fmt.Errorf("%s is a file; name a folder to make", dir)}
	}
	if _, err := os.Stat(filepath.Join(dir, pipeline.FileName)); err == nil {
		return usageError{fmt.Errorf("%s is a pipeline already; `penstock infer FILE -c %s` adds contracts to it", dir, dir)}
	}
	return nil
}

var notInStream = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// streamOf names the stream after the folder.
func streamOf(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	name := strings.Trim(notInStream.ReplaceAllString(infer.Plain(filepath.Base(dir)), "-"), "-.")
	if name == "" {
		return "events"
	}
	return name[:min(len(name), 128)]
}

// pipelineText is the pipeline file: what is needed, and as comments what is most often changed.
func pipelineText(stream string) []byte {
	return fmt.Appendf(nil, `# This folder is one pipeline: this file, contracts/ and dashboards/. docs/pipeline.md explains every word.
stream: {name: %q, shards: 1, retention: 24h} # services send to this name

# These are the defaults.
# delivery:  {buffer: {size: 1MiB, interval: 1s}, format: csv, compression: gzip}
# lake:      folder # inside the data folder; or file:///a/path, s3://bucket/prefix
# warehouse: duckdb # inside the data folder; or snowflake://...
# listen:    {kinesis: 127.0.0.1:4567, http: 127.0.0.1:8080}
`, stream)
}

func (r newReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	fmt.Fprintf(w, "Made the pipeline %s:\n", r.Folder)
	for _, name := range r.Files {
		fmt.Fprintf(w, "  %s%s\n", name, r.about(name))
	}
	fmt.Fprintf(w, "\n%s", r.cut)
	printRefused(w, r.Proposal)
	printPrivate(w, r.Proposal)
	fmt.Fprintf(w, "\nRead the contracts, then start it:\n  penstock up -c %s%s\n", shellWord(r.Folder), freeData(r.Folder))
	sample := "FILE"
	if r.Sample != "" {
		sample = r.send
	}
	fmt.Fprintf(w, "and in another terminal:\n  penstock produce --from %s\n  penstock query \"select * from %s limit 10\"\n",
		sample, r.Contracts[0].Table)
	return nil
}

// about says what a contract is for.
func (r newReport) about(name string) string {
	for _, c := range r.Contracts {
		if name == filepath.Join(r.Folder, c.File) {
			return fmt.Sprintf("  %s, %s", count(c.Events, "event"), count(len(c.Columns), "column"))
		}
	}
	return ""
}

// freeData is the flag for a data folder of the pipeline's own, when ./data is there already: most
// likely it is another pipeline's.
func freeData(dir string) string {
	if _, err := os.Stat("data"); err != nil {
		return ""
	}
	return " --data " + shellWord("data-"+streamOf(dir))
}

// shellWord is a text as one word of a shell's command line.
func shellWord(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n'\"\\$`&|;<>()*?[]#~!{}", r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
