package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/dashboard"
)

type queryOptions struct {
	pipeline string
	data     string
	format   string
	asJSON   bool
}

func newQueryCommand() *cobra.Command {
	var options queryOptions
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Ask the warehouse",
		Long: `Run one SELECT in the warehouse of the pipeline on this machine, whether or not
the pipeline is up. SQL is read-only and limited in memory and time. With - the
SQL is read from standard input. A table that is too wide for the terminal is
written row by row, a column on each line.

With -c the warehouse is that of the pipeline in a folder. If that is in Snowflake,
the query logs in there by itself, as the pipeline's reader, and logs out again.`,
		Example: `  penstock query "select count(*) from orders"
  penstock query "select city, sum(order_cost) from orders group by all" --format csv
  penstock query "select reason, count(*) from quarantine group by reason"
  penstock query -c pipelines/orders "select max(order_date) from orders"`,
		Args: oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			return interrupted(cmd.Context(), runQuery(cmd, options, args[0]))
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.pipeline, "config", "c", "", "the pipeline's folder, to ask its warehouse wherever that is")
	flags.StringVar(&options.data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine, else ./data)")
	flags.StringVar(&options.format, "format", "table", "table, csv or json")
	flags.BoolVar(&options.asJSON, "json", false, "the same as --format json")
	return cmd
}

// oneQuery takes the SQL as one argument: a shell takes words without quotes apart.
func oneQuery(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError{fmt.Errorf("write one SELECT, in quotes, such as `penstock query \"select count(*) from orders\"`")}
}

func runQuery(cmd *cobra.Command, options queryOptions, sql string) error {
	if options.asJSON {
		options.format = "json"
	}
	printer, ok := printers[options.format]
	if !ok {
		return usageError{fmt.Errorf("--format %s: write table, csv or json", options.format)}
	}
	if sql == "-" {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("reading SQL from standard input: %w", err)
		}
		sql = string(text)
	}
	if strings.TrimSpace(sql) == "" {
		return usageError{fmt.Errorf("the SQL is empty; write something like \"select count(*) from orders\"")}
	}
	var rows dashboard.Rows
	var err error
	if options.pipeline != "" {
		rows, err = app.QueryPipeline(cmd.Context(), options.pipeline, options.data, sql)
	} else {
		rows, err = app.Query(cmd.Context(), options.data, sql)
	}
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // an error of the result has been returned by Next
	if err := printer(cmd.OutOrStdout(), rows); err != nil {
		return err
	}
	if cut := rows.Truncated(); cut != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "penstock: the result was cut: %s\n", cut)
	}
	return nil
}
