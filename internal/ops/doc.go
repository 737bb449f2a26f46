// Package ops lets the operator of a server look inside it: metrics, traces, a
// log of requests, readiness and profiles, and a listener that reports and
// limits its connections. Nothing here is served on the public listener.
//
// Read it in this order:
//
//	listener.go         a listener that limits its connections
//	idle.go             connections that it closes if it needs their places
//	metrics.go          what is counted: requests, and the events of package oauth
//	metrics_events.go   the counter of each event
//	metrics_store.go    the metrics of a store
//	metrics_figures.go  the figures that they consist of
//	process.go          whether this process serves or stops
//	readiness.go        whether this process and its database can serve
//	handler.go          /livez, /readyz, /metrics and /debug/pprof/
//	request_log.go      one line for each request
//	traces.go           OpenTelemetry spans
//	traces_exporter.go  sending them to a collector
//	traces_log.go       trace ids in the log, and lost spans
package ops
