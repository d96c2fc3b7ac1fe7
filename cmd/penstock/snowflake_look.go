package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/snowflake"
)

// lookCommand is a command that asks a Run something and shows it.
func lookCommand(use, short, long string, look func(*cobra.Command, *snowflake.Run, bool) error) *cobra.Command {
	var o snowflakeOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long,
		Example: fmt.Sprintf("  penstock snowflake %s -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN", use),
		Args:    noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.connected(cmd.Context(), func(cfg snowflake.Config, deps snowflake.Deps) error {
				return look(cmd, snowflake.New(cfg, deps), asJSON)
			})
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newSnowflakeStatusCommand() *cobra.Command {
	return lookCommand("status", "Show how loading into Snowflake goes", `Show for each table its pipe, files that wait, the newest row, files that failed with
their first error, and credits of the last 24 hours. It wakes the virtual warehouse.`,
		func(cmd *cobra.Command, run *snowflake.Run, asJSON bool) error {
			tables, err := run.Status(cmd.Context())
			if err != nil {
				return err
			}
			unfinished := slices.ContainsFunc(tables, func(t snowflake.TableStatus) bool { return t.Missing != "" })
			if asJSON {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(tables)
			} else {
				printTables(cmd.OutOrStdout(), tables)
			}
			if err == nil && unfinished {
				return errSilent
			}
			return err
		})
}

func printTables(w io.Writer, tables []snowflake.TableStatus) {
	missing := false
	for _, t := range tables {
		if t.Missing != "" {
			fmt.Fprintf(w, "%s: not set up yet, %s is not there; run `penstock snowflake setup`\n", tableCell(t.Table), t.Missing)
			continue
		}
		fmt.Fprintf(w, "%s: %s rows, newest arrived %s\n", tableCell(t.Table), or(t.Rows, "no"), or(t.Newest, "never"))
		if t.Pipe.State == snowflake.NoPipe {
			fmt.Fprintln(w, "  read in place, by an external table")
			continue
		}
		fmt.Fprintf(w, "  pipe %s, %d files waiting, last load %s, %s credits in 24 h\n",
			tableCell(t.Pipe.State), t.Pipe.Pending, or(t.Pipe.Ingested, "never"), or(t.Credits, "0"))
		if t.Pipe.State != "RUNNING" {
			fmt.Fprintf(w, "  ! the pipe does not run: `penstock snowflake doctor` says why, and what starts it\n")
		}
		for _, f := range t.Failed {
			fmt.Fprintf(w, "  ! %s: %s, line %s: %s (%s of %s rows loaded)\n", f.File, f.Status, or(f.Line, "?"), tableCell(f.Error), or(f.Loaded, "0"), or(f.Parsed, "?"))
			if f.Recovered {
				fmt.Fprintln(w, "    the missing rows are in the quarantine")
			}
			missing = missing || !f.Recovered
		}
	}
	if missing {
		fmt.Fprintf(w, "`%s` puts the rows that are missing into the quarantine.\n", snowflake.MendRefused)
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return tableCell(text)
}

func newSnowflakeDoctorCommand() *cobra.Command {
	return lookCommand("doctor", "Find what is broken between the bucket and a row", `Walk the chain from the bucket to a row and say of each link whether it holds, why not,
and which command mends it; also what will break soon. It changes nothing. Exit code 1
if a link is broken.`,
		func(cmd *cobra.Command, run *snowflake.Run, asJSON bool) error {
			findings, err := run.Doctor(cmd.Context())
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			broken := false
			for _, f := range findings {
				broken = broken || !f.OK
				if asJSON {
					continue
				}
				switch {
				case f.OK && f.Cause == "":
					fmt.Fprintf(w, "ok      %s\n", f.Link)
				case f.OK:
					fmt.Fprintf(w, "soon    %s\n        %s\n        do before: %s\n", f.Link, f.Cause, f.Mend)
				default:
					fmt.Fprintf(w, "BROKEN  %s\n        %s\n        mend it with: %s\n", f.Link, f.Cause, f.Mend)
				}
			}
			if asJSON {
				if err := json.NewEncoder(w).Encode(findings); err != nil {
					return err
				}
			}
			if broken {
				return errSilent
			}
			return nil
		})
}
