package monitor

// notReady are the sentences about a step that does not work.
var notReady = map[string]string{
	StepSource:    "producers are told to try again later",
	StepStream:    "the stream's log does not work",
	StepDelivery:  "events are not being delivered",
	StepLake:      "the lake cannot be written",
	StepWarehouse: "the warehouse does not answer, or does not take what is in the lake",
}

// NotReady says why the pipeline is not ready, a sentence each, and nothing when it is. The sentences name no path,
// address or value, so that anybody may read them. It counts nothing in the warehouse.
func (m *Monitor) NotReady() []string {
	r := m.Last()
	var reasons []string
	full := r.Disk.ReserveBytes > 0 && r.Disk.FreeBytes < r.Disk.ReserveBytes
	if full {
		reasons = append(reasons, "the disk is nearly full")
	}
	late := false
	for _, a := range r.Alarms {
		late = late || a.Name == AlarmFreshness && a.State == AlarmFiring
	}
	if late {
		reasons = append(reasons, "events have been waiting for longer than the freshness limit")
	}
	if r.Ready && len(reasons) == 0 {
		return nil
	}
	for _, s := range r.Steps {
		if s.State == StateFail {
			reasons = append(reasons, notReady[s.Name])
		}
	}
	if len(reasons) == 0 {
		reasons = append(reasons, "the pipeline is not ready")
	}
	return append(reasons, "`penstock status` says more")
}
