package main

import (
	"log/slog"
	"net"
	"os"
	"strings"
)

// The states that systemd understands: see sd_notify(3).
const (
	stateReady    = "READY=1"
	stateStopping = "STOPPING=1"
)

// notifySystemd reports the state of the process to systemd, if it was started by
// a unit with Type=notify.
func notifySystemd(state string, logger *slog.Logger) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if strings.HasPrefix(path, "@") {
		path = "\x00" + path[1:] // an abstract socket
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		_ = conn.Close()
	}
	if err != nil {
		logger.Warn("cannot report the state of the process to systemd", "state", state, "error", err.Error())
	}
}
