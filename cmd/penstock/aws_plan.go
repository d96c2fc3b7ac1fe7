package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/cost"
	"github.com/penstock/penstock/internal/pipeline"
)

func newAWSPlanCommand() *cobra.Command {
	load := cost.DefaultLoad()
	var pipelineDir, pricesFile string
	var asJSON, printPrices bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Tell what a pipeline needs and costs a month, before it is deployed",
		Long: `Tell how many shards a load needs, what each service bills a month, and how late
rows will be. It multiplies list prices and reaches no account. With -c the
tables, the stream's retention and the buffer come from the pipeline's files.`,
		Example: `  penstock aws plan --events-per-second 200 --bytes 350
  penstock aws plan -c examples/orders --events-per-second 200 --bytes 350 --peak 2000
  penstock aws plan --print-prices > prices.yaml    then change it, and
  penstock aws plan --events-per-second 200 --bytes 350 --prices prices.yaml`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if printPrices {
				_, err := cmd.OutOrStdout().Write(cost.DefaultPrices)
				return err
			}
			if err := loadOf(pipelineDir, cmd, &load); err != nil {
				return err
			}
			prices, err := cost.ReadPrices(pricesFile)
			if err != nil {
				return usageError{err}
			}
			plan, err := cost.New(load, prices)
			if err != nil {
				return usageError{err}
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(plan)
			}
			printPlan(cmd.OutOrStdout(), plan)
			return nil
		},
	}
	f := cmd.Flags()
	f.Float64Var(&load.EventsPerSecond, "events-per-second", 0, "events a second on average")
	f.Float64Var(&load.Peak, "peak", 0, "events a second at the most (default: the average)")
	f.IntVar(&load.Bytes, "bytes", 0, "bytes of an event with its partition key")
	f.IntVar(&load.RowBytes, "row-bytes", 0, "bytes of an event as a CSV line (default: as --bytes)")
	f.IntVar(&load.Tables, "tables", load.Tables, "tables the events are spread over")
	f.Float64Var(&load.Compressed, "compressed", load.Compressed, "size of a gzip file divided by that of its rows")
	f.DurationVar(&load.Retention, "retention", load.Retention, "retention of the stream")
	f.IntVar(&load.LambdaMiB, "lambda-memory", load.LambdaMiB, "MiB of the transformer")
	f.Float64Var(&load.LambdaMicros, "lambda-micros", load.LambdaMicros, "microseconds of the transformer for an event")
	f.StringVarP(&pipelineDir, "config", "c", "", "the pipeline's folder")
	f.StringVar(&pricesFile, "prices", "", "a price list of your own")
	f.BoolVar(&printPrices, "print-prices", false, "print the price list that is used, and stop")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// loadOf takes what the pipeline's files say, where no flag says otherwise.
func loadOf(dir string, cmd *cobra.Command, load *cost.Load) error {
	if dir == "" {
		return nil
	}
	file, err := pipeline.LoadWithoutSecrets(dir)
	if err != nil {
		return usageError{err}
	}
	if !cmd.Flags().Changed("tables") {
		load.Tables = len(file.Contracts.Tables())
	}
	if !cmd.Flags().Changed("retention") {
		load.Retention = max(file.Stream.Retention, 24*time.Hour) // the least that Kinesis has
	}
	load.BufferBytes, load.BufferInterval = file.AWS.Buffer.Size, file.AWS.Buffer.Interval
	return nil
}

func printPlan(w io.Writer, p cost.Plan) {
	fmt.Fprintf(w, "%s events/s of %s, at most %s/s, in %s at list prices of %s.\n",
		humanize.Commaf(p.Load.EventsPerSecond), humanize.IBytes(uint64(p.Load.Bytes)), humanize.Commaf(p.Load.Peak), p.Region, p.Dated)
	fmt.Fprintf(w, "A month has %d hours. Taxes, free tiers, discounts, queries and data leaving AWS are not in it.\n", cost.HoursPerMonth)
	printBill(w, fmt.Sprintf("Stream, provisioned (%d shard(s))", p.Shards), p.Provisioned)
	printBill(w, "Stream, on-demand", p.OnDemand)
	printBill(w, "On top of either", p.Rest)
	fmt.Fprintf(w, "\nIn all, with the %s stream: $%s a month\n", p.Cheaper, money(p.TotalUSD))
	if a := p.Aggregation; a.EventsPerRecord > 1 {
		fmt.Fprintf(w, "Aggregation (%d events in a record, as the Kinesis Producer Library makes them) would need %d shard(s) and save $%s.\n",
			a.EventsPerRecord, a.Shards, money(a.SavedUSD))
	}
	printHops(w, p.Latency)
	for _, trap := range p.Traps {
		fmt.Fprintf(w, "\n! %s", trap)
	}
	fmt.Fprintln(w)
}

func printBill(w io.Writer, title string, bill cost.Bill) {
	fmt.Fprintf(w, "\n%-69s %10s\n", title, "$"+money(bill.Total()))
	for _, l := range bill {
		fmt.Fprintf(w, "  %-21s %-46s %9s  %s\n", l.Service, l.Item, money(l.USD), amount(l))
	}
}

func amount(l cost.Line) string {
	text := humanize.CommafWithDigits(l.Quantity, 1)
	return text + " " + l.Unit
}

func money(usd float64) string { return humanize.FormatFloat("#,###.##", usd) }

func printHops(w io.Writer, hops []cost.Hop) {
	fmt.Fprintf(w, "\nFrom PUT to a row in Snowflake%43s %9s\n", "typical", "at most")
	var typical, atMost time.Duration
	for _, h := range hops {
		note := ""
		if h.Estimate {
			note = " (estimated)"
		}
		fmt.Fprintf(w, "  %-11s %57s %9s%s\n    %s\n", h.Name, round(h.Typical), round(h.AtMost), note, h.Because)
		typical, atMost = typical+h.Typical, atMost+h.AtMost
	}
	fmt.Fprintf(w, "  %-11s %57s %9s\n", "in all", "about "+round(typical), round(atMost))
}

func round(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
