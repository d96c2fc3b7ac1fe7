package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// untilInterrupted returns a context that ends with the first SIGINT or SIGTERM, for a clean stop. A second one ends
// the process at once, with the exit code that shells give such an end. It is heard for as long as the process
// lives: signals that came back to what they did before would be ignored in a process that a script has started in
// the background, and two that come together would count as one.
func untilInterrupted() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		second := <-signals
		number, _ := second.(syscall.Signal)
		os.Exit(128 + int(number))
	}()
	return ctx
}
