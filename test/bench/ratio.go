package main

// ratios sets figures against the controls of the same invocation, so that a figure can be compared
// between machines. What was not measured is left out.
func (r *report) ratios() result {
	out := result{Run: "ratios", What: "figures against the controls, means of before and after"}
	add := func(name, run, figure, controlRun, control string, scale float64, unit string) {
		above, ok1 := r.mean(run, figure)
		below, ok2 := r.mean(controlRun, control)
		if ok1 && ok2 && below > 0 {
			out.add(name, above*scale/below, unit, "")
		}
	}
	const hash, bulk = "sha256 on one core", "1 MiB write + fsync, one after another"
	size, _ := r.mean("ingest", "event size")
	add("ingested data against 1 MiB writes with fsync", "ingest", "acknowledged", "controls", bulk, size/1e6, "MB/MB")
	add("ingest against one core's sha256", "ingest", "acknowledged", "controls", hash, 1, "events/MB")
	add("PUT to queryable against one core's sha256", "rows", "PUT to queryable", "controls", hash, 1, "rows/MB")
	add("ingest against kinesalite", "ingest", "acknowledged", "kinesalite", "acknowledged", 1, "times")
	return out
}

// mean is the mean of a figure over the runs of that name; controls has two.
func (r *report) mean(run, name string) (float64, bool) {
	sum, n := 0.0, 0
	for _, result := range r.Results {
		if result.Run != run && (run != "controls" || !result.control()) {
			continue
		}
		for _, f := range result.Figures {
			if f.Name == name {
				sum += f.Value
				n++
			}
		}
	}
	return sum / float64(max(n, 1)), n > 0
}

func (r *result) control() bool { return r.Run == controlsBefore || r.Run == controlsAfter }
