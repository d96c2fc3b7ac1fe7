package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/infer"
	"github.com/penstock/penstock/internal/pipeline"
)

type inferOptions struct {
	format   string
	table    string
	pipeline string
	asJSON   bool
}

func newInferCommand() *cobra.Command {
	var options inferOptions
	cmd := &cobra.Command{
		Use:   "infer FILE...",
		Short: "Propose contracts from sample events",
		Long: `Propose a contract for each type of event in files of sample events, and print it.
With -c the contracts, and a dashboard for each, become new files of a pipeline that
exists; nothing of it is overwritten.

It is a first version to read and to mend: each line says what it was concluded from.
- is standard input. At most 10,000 events are looked at.`,
		Example: `  penstock infer refunds.ndjson
  penstock infer refunds.ndjson -c shop
  penstock infer refunds.csv --table refunds > shop/contracts/refunds.yaml
  kubectl logs deploy/shop | penstock infer - --json`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runInfer(cmd, options, args) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.pipeline, "config", "c", "", "write the files into this pipeline's folder (default: print the contracts)")
	flags.StringVar(&options.format, "format", "auto", "how the files are written: csv, ndjson, json, or auto")
	flags.StringVar(&options.table, "table", "", "the table's name, when all events are of one type (default: from the type or the file)")
	flags.BoolVar(&options.asJSON, "json", false, "print what was concluded as JSON")
	return cmd
}

// inferred is a proposal with its files, for programs.
type inferred struct {
	*infer.Proposal
	// Files are what was written.
	Files []string `json:"files"`
	// Texts are the contracts by their file.
	Texts map[string]string `json:"texts"`
}

func runInfer(cmd *cobra.Command, options inferOptions, args []string) error {
	if options.pipeline != "" {
		if _, err := os.Stat(filepath.Join(options.pipeline, pipeline.FileName)); err != nil {
			return usageError{fmt.Errorf("%s is no pipeline: %w; `penstock new %s --from FILE` makes one", options.pipeline, err, shellWord(options.pipeline))}
		}
	}
	read, err := readSample(cmd.Context(), args, options.format)
	if err != nil {
		return err
	}
	proposal, err := infer.Contracts(read.events, infer.Config{Table: options.table})
	if err != nil {
		return usageError{err}
	}
	result := inferred{Proposal: proposal, Files: []string{}, Texts: map[string]string{}}
	for _, c := range proposal.Contracts {
		result.Texts[c.File] = string(c.Text)
	}
	if options.pipeline != "" {
		if result.Files, err = addContracts(options.pipeline, proposal); err != nil {
			return err
		}
	}
	out := cmd.OutOrStdout()
	if options.asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	notes := io.Writer(os.Stderr) // what is printed may go into a file
	if options.pipeline != "" {
		notes = out
		for _, name := range result.Files {
			fmt.Fprintln(out, name)
		}
	} else {
		printContracts(out, proposal)
	}
	fmt.Fprint(notes, read.told())
	printRefused(notes, proposal)
	printPrivate(notes, proposal)
	if options.pipeline != "" {
		fmt.Fprintf(notes, "Read the contracts, and try them with `penstock check -c %s`.\n", shellWord(options.pipeline))
	}
	return nil
}

// addContracts writes the contracts and their dashboards into a pipeline's folder.
func addContracts(dir string, proposal *infer.Proposal) ([]string, error) {
	var files []newFile
	for _, c := range proposal.Contracts {
		files = append(files, newFile{filepath.Join(dir, c.File), c.Text},
			newFile{filepath.Join(dir, "dashboards", c.Table+".yaml"), c.Dashboard(time.Now())})
	}
	if err := writeNewFiles(files); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.path)
	}
	return names, nil
}

// printContracts prints one contract as its file, several with their files' names between them.
func printContracts(w io.Writer, p *infer.Proposal) {
	for i, c := range p.Contracts {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if len(p.Contracts) > 1 {
			fmt.Fprintf(w, "# %s\n", c.File)
		}
		fmt.Fprintf(w, "%s", c.Text)
	}
}
