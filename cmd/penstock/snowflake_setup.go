package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/snowflake"
)

func newSnowflakeSetupCommand() *cobra.Command {
	var o snowflakeOptions
	var dryRun, backfill, yes bool
	var worksheet string
	var credits int
	var marked setupEvent
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Make Snowflake load the lake, or what is missing for it",
		Long: `Make all that Snowflake needs to load a deployed pipeline's lake: roles, a virtual
warehouse with a quota, integration and trust, tables, pipes, views, and the
bucket's notifications. Each task is checked, done if it is not so, and checked
again: it can be stopped and run again, and a second run changes nothing. When
something had to be changed, one marked order goes into the stream at the end, and
setup waits until Snowflake has it.`,
		Example: `  penstock snowflake setup -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN
  penstock snowflake setup -c examples/orders --dry-run         all statements and AWS calls, no account needed
  penstock snowflake setup -c examples/orders --sql setup.sql   a worksheet for whoever may run it`,
		Args: noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			of, err := o.subject()
			if err != nil {
				return err
			}
			cfg := of.cfg
			cfg.Backfill, cfg.Credits = backfill, credits
			marked.prepare(of, &cfg)
			switch {
			case dryRun:
				return printCalls(cmd, cfg, cmd.OutOrStdout())
			case worksheet != "":
				return writeWorksheet(cmd, cfg, worksheet)
			}
			deps, s, err := o.connect(cmd.Context(), cfg)
			if err != nil {
				return interrupted(cmd.Context(), err)
			}
			defer s.Close() //nolint:errcheck // the session ends with the process at the latest
			deps.Confirm = func(question string) bool { return yes || newAsker(cmd).confirm(question, "yes") == nil }
			deps.Report = reporter(cmd.ErrOrStderr())
			if cfg.Event != nil {
				if deps.Path, err = marked.path(cmd.Context(), o, of); err != nil {
					return err
				}
			}
			changed, err := snowflake.New(cfg, deps).Setup(cmd.Context())
			if err != nil {
				return interrupted(cmd.Context(), err)
			}
			tellSetup(cmd.OutOrStdout(), cfg, changed)
			fmt.Fprint(cmd.OutOrStdout(), marked.told(changed))
			return nil
		},
	}
	f := cmd.Flags()
	o.register(f)
	f.BoolVar(&dryRun, "dry-run", false, "print every statement and AWS call in order, and send none")
	f.StringVar(&worksheet, "sql", "", "write the statements to this file, and send none")
	f.BoolVar(&backfill, "backfill", false, "load the files of the last seven days that were there before the pipes")
	f.IntVar(&credits, "credits", 10, "what the virtual warehouse may use in a month before it is suspended")
	marked.register(f)
	f.BoolVar(&yes, "yes", false, "do not ask before somebody is locked out of the bucket")
	return cmd
}

func reporter(w io.Writer) func(snowflake.Progress) {
	return func(p snowflake.Progress) {
		what := "is so already"
		switch {
		case p.Waiting:
			fmt.Fprintf(w, "%d/7  %-55s waiting\n", p.Step, p.Task)
			return
		case p.Changed:
			what = "done"
		}
		fmt.Fprintf(w, "%d/7  %-55s %s (%s)\n", p.Step, p.Task, what, p.Took.Round(10*time.Millisecond))
	}
}

func tellSetup(w io.Writer, cfg snowflake.Config, changed bool) {
	if !changed {
		fmt.Fprintln(w, "Nothing had to be changed.")
	}
	fmt.Fprintf(w, "Query it with the role %s: SELECT COUNT(*) FROM %s.%s.%s. Rows come about a minute after their file; `penstock snowflake status` shows how it goes.\n",
		cfg.Names.Reader, cfg.Names.Database, cfg.Names.Schema, snowflake.Name(strings.ToUpper(cfg.Tables[0].Name)))
}

// printCalls is the same walk as setup, without an account.
func printCalls(cmd *cobra.Command, cfg snowflake.Config, w io.Writer) error {
	_, err := snowflake.New(cfg, snowflake.Deps{Call: func(c snowflake.Call) { fmt.Fprintln(w, c) }}).Setup(cmd.Context())
	return err
}

// writeWorksheet writes the SQL; the calls to AWS stand between as comments. It replaces no file.
func writeWorksheet(cmd *cobra.Command, cfg snowflake.Config, path string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "-- Snowflake behind the pipeline %s. Lines that begin with -- AWS are calls to AWS, in their place in the order.\n", cfg.Pipeline)
	_, err := snowflake.New(cfg, snowflake.Deps{Call: func(c snowflake.Call) {
		if c.SQL == "" {
			text.WriteString("-- AWS: ")
		}
		text.WriteString(c.String() + "\n")
	}}).Setup(cmd.Context())
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return usageError{fmt.Errorf("the worksheet cannot be written: %w; name a file that is not there yet", err)}
	}
	if _, err := file.WriteString(text.String()); err != nil {
		_ = file.Close() // the first error tells
		return err
	}
	return file.Close()
}
