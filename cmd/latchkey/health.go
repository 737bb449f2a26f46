package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// healthTimeout is the maximum time for the response: less than the usual timeout
// of a container platform, and more than /readyz needs.
const healthTimeout = 5 * time.Second

func (c *command) health() *cobra.Command {
	var ready bool
	cmd := &cobra.Command{
		Use: "health [URL]", Args: cobra.MaximumNArgs(1),
		Short: "Check whether a running server works",
		Long: `Check the health of the server that runs with these settings on this machine.
The command requests /healthz or, with --ready, /readyz, which also checks the
database. The flag --ready works only if the setting ops_addr is set.

The settings come from the environment and from the configuration file. If the
server's address is set with a flag, give the URL, such as
http://localhost:9000/healthz. If it has no path, the command adds /healthz or /readyz.
A program that embeds Latchkey has these paths only if it serves them itself.

The command also works as the health check of a container image without a shell.
The exit status is 0 if the server works, and 1 if it does not.`,
	}
	cmd.Flags().BoolVar(&ready, "ready", false, "also check that the database can be used")
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, args []string) error {
		target, err := c.healthTarget(args, ready)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), healthTimeout)
		defer cancel()
		answer, err := target.get(ctx)
		if err == nil {
			_, err = io.WriteString(c.out, answer)
		}
		if _, unreachable := errors.AsType[*net.OpError](err); unreachable && target.own {
			return fmt.Errorf("%w. The address comes from %s. If the server has another address, set it, or give the URL", err, c.healthSetting())
		}
		return err
	})
	return cmd
}

// healthTarget is a URL and the address to connect to.
type healthTarget struct {
	url string
	// socket is the path of a Unix socket, or empty.
	socket string
	// own is set if the address is that of this machine's own server. Its
	// certificate is for the name that people use, and is not verified.
	own bool
}

// healthTarget returns the target of the request: the URL in args, or the server
// with these settings.
func (c *command) healthTarget(args []string, ready bool) (healthTarget, error) {
	if len(args) > 0 {
		u, err := url.Parse(args[0])
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return healthTarget{}, usageError{"the argument is not an http or https URL"}
		}
		if u.Path == "" || u.Path == "/" {
			u.Path = healthPath(ready)
		}
		return healthTarget{url: u.String()}, nil
	}
	addr, scheme, path := c.config.Addr, "http", healthPath(ready)
	if c.config.tls() {
		scheme = "https"
	}
	if c.config.OpsAddr != "" {
		addr, scheme = c.config.OpsAddr, "http"
	}
	if ready && c.config.OpsAddr == "" {
		return healthTarget{}, usageError{"/readyz is served only on --ops-addr: set LATCHKEY_OPS_ADDR, or give the URL"}
	}
	if socket, isUnix := strings.CutPrefix(addr, unixPrefix); isUnix {
		return healthTarget{url: scheme + "://localhost" + path, socket: socket, own: true}, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return healthTarget{}, err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1" // an empty root folder has no /etc/hosts for localhost
	}
	return healthTarget{url: scheme + "://" + net.JoinHostPort(host, port) + path, own: true}, nil
}

// healthSetting returns the setting with the address of a health check, as the person wrote it.
func (c *command) healthSetting() string {
	key := "addr"
	if c.config.OpsAddr != "" {
		key = "ops_addr"
	}
	return cmp.Or(c.config.sources[key], "the default of "+envPrefix+"ADDR")
}

// healthPath returns the path of a health check.
func healthPath(ready bool) string {
	if ready {
		return "/readyz"
	}
	return "/healthz"
}

// isHealth reports whether a body is that of /healthz or /livez, or of /readyz. Other pages, such
// as the home page of a program, do not show that a server works.
func isHealth(body []byte) bool {
	var ready struct {
		Database string `json:"database"`
	}
	return string(bytes.TrimSpace(body)) == "ok" || json.Unmarshal(body, &ready) == nil && ready.Database != ""
}

// get returns the body of the response. It fails unless the status is 200 and the body is that of a
// health check.
func (h healthTarget) get(ctx context.Context) (string, error) {
	var dialer net.Dialer
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if h.socket != "" {
				network, addr = "unix", h.socket
			}
			return dialer.DialContext(ctx, network, addr)
		},
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: h.own}, //nolint:gosec // see own
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, nil)
	if err != nil {
		return "", err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return "", err
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return "", fmt.Errorf("%s: %s: the response is a web page, and not a health check, so it says nothing about the server. Give the URL of /healthz or /readyz", h.url, response.Status)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", h.url, response.Status, strings.TrimSpace(string(body)))
	}
	if !isHealth(body) {
		return "", fmt.Errorf("%s is not the health check of a Latchkey server, so the response says nothing about it. Give the URL of /healthz or /readyz", h.url)
	}
	return string(body), nil
}
