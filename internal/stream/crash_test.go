package stream

const childVariable = "PENSTOCK_STREAM_CHILD"

func runChild(string) int { return 0 }
