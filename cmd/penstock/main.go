// Penstock carries the events of a team's services into a warehouse they can query.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "dev"

func main() {
	cobra.EnableCommandSorting = false // commandGroups has an order of its own
	root := newRootCommand()
	out := &countedWriter{Writer: os.Stdout}
	root.SetOut(out)
	cmd, err := root.ExecuteContextC(untilInterrupted())
	if err != nil && !isSilent(err) {
		if out.written == 0 && wantsJSON(cmd, os.Args[1:]) {
			printFailure(out, err)
		}
		fmt.Fprintln(os.Stderr, "penstock: "+safeLines(err.Error()))
	}
	os.Exit(exitCode(err))
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "penstock",
		Short: "One real-time pipeline: events in by the Kinesis API, typed rows out",
		Long: `Penstock takes JSON events by the Kinesis API, checks them against contracts,
and loads them into a warehouse a second or two later: each exactly once, and a
ledger proves it. On one machine it needs nothing else.`,
		Example: `  penstock new shop --from events.ndjson    make a pipeline of your own
  penstock up -c examples/orders            start a pipeline
  penstock produce 1800                     send dummy orders to it
  penstock query "select count(*) from orders"
  penstock status`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate(versionLine())
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; `%s --help` shows what it takes", err, cmd.CommandPath())}
	})
	for _, g := range commandGroups() {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, command := range g.commands {
			command.GroupID = g.id
			root.AddCommand(command)
		}
	}
	root.AddCommand(newVersionCommand(), newHashPasswordCommand(), newWorkerCommand(), newTransformerCommand())
	return root
}

// commandGroup is a heading in the help, and the commands below it.
type commandGroup struct {
	id, title string
	commands  []*cobra.Command
}

// commandGroups has the commands in the order in which a person meets them.
func commandGroups() []commandGroup {
	return []commandGroup{
		{"make", "Make a pipeline:", []*cobra.Command{newNewCommand(), newInferCommand()}},
		{"run", "Run a pipeline:", []*cobra.Command{newDemoCommand(), newCheckCommand(), newUpCommand(), newPauseCommand(), newResumeCommand()}},
		{"send", "Send events, and ask for their rows:", []*cobra.Command{newProduceCommand(), newQueryCommand(), newVerifyCommand()}},
		{"see", "See what happens:", []*cobra.Command{newStatusCommand(), newTailCommand(), newTraceCommand()}},
		{"mend", "Mend what was refused or lost:", []*cobra.Command{newRedriveCommand(), newAcceptLossCommand()}},
		{"cloud", "The same pipeline in the cloud:", []*cobra.Command{newAWSCommand(), newSnowflakeCommand()}},
	}
}
