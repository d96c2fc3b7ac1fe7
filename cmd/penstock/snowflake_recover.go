package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/recovery"
)

func newSnowflakeRecoverCommand() *cobra.Command {
	var o snowflakeOptions
	var dryRun, asJSON bool
	var since string
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Put rows that Snowflake refused into the quarantine",
		Long: `Find the files that Snowflake did not load whole, read them back from the lake, ask
the table which of their rows it has, and write the others as one more object of
the quarantine for each file: reason refused_by_warehouse, Snowflake's first error,
and the row as the file has it. The quarantine's pipe loads it by itself.

A file is recovered once, however often this is run. Snowflake remembers 14 days.
It wakes the virtual warehouse. Exit code 1 if a file needs somebody.`,
		Example: `  penstock snowflake recover -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN --dry-run
  penstock snowflake recover -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN --since 24h`,
		Args: noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			before, err := parseBefore(since, time.Now())
			if err != nil {
				return err
			}
			cfg, err := o.config()
			if err != nil {
				return err
			}
			if cfg.External && !cfg.Pipes {
				return usageError{errors.New("external tables read the files in place and refuse none; leave out --external-tables for the tables that pipes load")}
			}
			deps, s, err := o.connect(cmd.Context(), cfg)
			if err != nil {
				return interrupted(cmd.Context(), err)
			}
			defer s.Close() //nolint:errcheck // the session ends with the process at the latest
			report, err := recovery.Run(cmd.Context(), recovery.Config{Tables: cfg.Tables, Lake: cfg.Lake, Before: before, DryRun: dryRun,
				Progress: recoverProgress(cmd.ErrOrStderr())}, snowflake.New(cfg, deps), deps.Objects)
			if asJSON {
				err = errors.Join(err, json.NewEncoder(cmd.OutOrStdout()).Encode(report))
			} else {
				printRecovery(cmd.OutOrStdout(), report)
			}
			if err == nil && report.Faults+len(report.More) > 0 {
				return errSilent
			}
			return interrupted(cmd.Context(), err)
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be written, write nothing")
	cmd.Flags().StringVar(&since, "since", "", "only files that were loaded since: a duration such as 24h, or a time such as 2026-11-22T05:00:00Z (default: the 14 days that Snowflake remembers)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// parseBefore is how far back --since goes; 0 is as far as Snowflake remembers.
func parseBefore(since string, now time.Time) (time.Duration, error) {
	at, err := parseSince(since, now)
	if err != nil {
		return 0, usageError{err}
	}
	if at.IsZero() {
		return 0, nil
	}
	before := now.Sub(at)
	switch {
	case before <= 0:
		return 0, usageError{fmt.Errorf("--since %s lies ahead", since)}
	case before > 14*24*time.Hour:
		return 0, usageError{fmt.Errorf("--since %s: Snowflake remembers what became of a file for 14 days", since)}
	}
	return max(before, time.Second), nil
}

// recoverProgress tells of a run that takes longer.
func recoverProgress(w io.Writer) func(recovery.File) {
	files := 0
	shown := time.Now()
	return func(recovery.File) {
		files++
		if now := time.Now(); now.Sub(shown) > 2*time.Second {
			fmt.Fprintf(w, "%s looked at\n", counted(int64(files), "file"))
			shown = now
		}
	}
}

func printRecovery(w io.Writer, r recovery.Report) {
	for _, f := range r.Files {
		mark := " "
		if f.Outcome == recovery.Fault || f.Outcome == recovery.Quarantine {
			mark = "!"
		}
		fmt.Fprintf(w, "%s %s: %s, line %s: %s\n    %s\n", mark, oneLine(f.File), or(f.Status, "refused"), or(f.Line, "?"), or(f.Error, "no error is told"), oneLine(whatBecame(f)))
	}
	verb := "put into the quarantine; its pipe loads them within a minute or two"
	if r.DryRun {
		verb = "would be put into the quarantine"
	}
	fmt.Fprintf(w, "%s not loaded whole, %s %s\n", counted(int64(len(r.Files)), "file"), counted(r.Rows, "row"), verb)
	if r.Faults > 0 {
		fmt.Fprintf(w, "%s need somebody: see the lines that begin with !\n", counted(int64(r.Faults), "file"))
	}
	if len(r.More) > 0 {
		fmt.Fprintf(w, "There are more than %d of %s: run it again with a later --since\n", snowflake.MaxRefused, strings.Join(r.More, ", "))
	}
}

// whatBecame of a file, in words.
func whatBecame(f recovery.File) string {
	switch f.Outcome {
	case recovery.Recovered:
		return fmt.Sprintf("%d of %s written to %s", f.Missing, counted(f.Rows, "row"), f.Object)
	case recovery.WouldRecover:
		return fmt.Sprintf("%d of %s would be written to %s", f.Missing, counted(f.Rows, "row"), f.Object)
	case recovery.Before:
		return "an earlier run wrote its missing rows to " + f.Object
	case recovery.Complete:
		return "the table has all of its rows by now"
	case recovery.Quarantine:
		return "it is the quarantine's own, and its events stay in the lake, where `penstock redrive --outputs` reads them; mend the table with `penstock snowflake setup`"
	}
	return "nothing was written: " + f.Fault
}
