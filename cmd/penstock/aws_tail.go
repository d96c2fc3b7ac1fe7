package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/cloud"
)

func newAWSTailCommand() *cobra.Command {
	var options deployedOptions
	var since string
	var records, once, asJSON bool
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Follow the logs of a deployed pipeline, or its events",
		Long: `Follow what the transformer and the delivery stream log, until interrupted; or
with --records the events as they arrive in the stream.`,
		Example: `  penstock aws tail
  penstock aws tail --since 1h --once | grep -i error
  penstock aws tail --records`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := parseSince(since, time.Now())
			if err != nil {
				return usageError{err}
			}
			deployed, _, err := options.open(cmd.Context())
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if records {
				return deployed.Records(cmd.Context(), from, !once, func(r cloud.Record) error { return printRecord(out, r, asJSON) })
			}
			return deployed.Tail(cmd.Context(), from, !once, func(l cloud.Line) error { return printLogLine(out, l, asJSON) })
		},
	}
	options.register(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&since, "since", "10m", "begin there: a duration such as 1h, or a time such as 2026-11-22T05:00:00Z")
	flags.BoolVar(&records, "records", false, "show the events of the stream in place of logs")
	flags.BoolVar(&once, "once", false, "stop where the logs, or the shards, end now")
	flags.BoolVar(&asJSON, "json", false, "print a JSON object a line")
	return cmd
}

func printLogLine(w io.Writer, l cloud.Line, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(l)
	}
	_, err := fmt.Fprintf(w, "%s %-11s %s\n", l.At.UTC().Format("2006-01-02T15:04:05.000Z"), l.Part, strings.Map(printable, strings.TrimSpace(l.Text)))
	return err
}

// printRecord prints the event whole: what is no text, in Go's quoting.
func printRecord(w io.Writer, r cloud.Record, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(struct {
			cloud.Record
			Data []byte `json:"data"`
		}{r, r.Data})
	}
	text := fmt.Sprintf("%q", r.Data)
	if utf8.Valid(r.Data) {
		text = strings.Map(printable, string(r.Data))
	}
	_, err := fmt.Fprintf(w, "%s %s %s %s\n", r.Arrived.UTC().Format("2006-01-02T15:04:05.000Z"), r.Shard, strings.Map(printable, r.Key), text)
	return err
}
