package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// settingFaults returns everything that is wrong with the settings, before anything is
// opened: a port that is in use must not hide it until the next start. These are all faults
// that prevent serve from starting, apart from the database, the master key and the ports.
// check reports the same faults.
func (c *command) settingFaults(ctx context.Context) error {
	faults := c.config.listenFaults(ctx)
	own := *c.config
	own.Options = latchkey.Options{} // latchkey.Check checks them
	settings.SetDefaults(&own)
	faults = append(faults, settings.Faults(&own)...)
	o, err := c.settingOptions(c.issuer(hostPort(nil, c.config.Addr)))
	if wrong := c.config.loginProviderFaults(); wrong != nil {
		faults, o.LoginProviders = append(faults, settings.OfField("LoginProviders", wrong)...), nil
	}
	return errors.Join(errors.Join(faults...), err, latchkey.Check(ctx, o))
}

// settingOptions returns the options of the server that are settings.
func (c *command) settingOptions(issuer string) (latchkey.Options, error) {
	o := c.config.Options
	o.Issuer = issuer
	var faults [4]error
	o.OutboundAuthorities, faults[0] = c.config.outboundAuthorities()
	o.SendMail, faults[1] = c.config.mailer()
	o.BrandLogo, faults[2] = c.config.brandLogo()
	o.Templates, faults[3] = c.config.templateFiles()
	return o, errors.Join(faults[:]...)
}

// templateFiles returns the folder of the setting templates, or nil.
func (c *pagesConfig) templateFiles() (fs.FS, error) {
	if c.TemplatesFolder == "" {
		return nil, nil
	}
	if _, err := os.ReadDir(c.TemplatesFolder); err != nil {
		return nil, settings.Faultf("Templates", ": %v", err)
	}
	return os.DirFS(c.TemplatesFolder), nil
}

// brandLogo returns the image of the setting brand_logo, or nil.
func (c *pagesConfig) brandLogo() ([]byte, error) {
	if c.BrandLogoFile == "" {
		return nil, nil
	}
	image, err := os.ReadFile(c.BrandLogoFile)
	if err != nil {
		return nil, settings.Faultf("BrandLogo", ": %v", err)
	}
	return image, nil
}

// listenFaults returns what is wrong with the addresses and the certificate.
func (c *config) listenFaults(ctx context.Context) (faults []error) {
	if strings.HasPrefix(c.Addr, unixPrefix) && c.Issuer == "" {
		faults = append(faults, errors.New("people reach a Unix socket only through a proxy: set --issuer to the URL that they use, such as https://id.example.com/o"))
	}
	for _, a := range []struct{ field, addr string }{{"Addr", c.Addr}, {"OpsAddr", c.OpsAddr}, {"ConsumerAddr", c.ConsumerAddr}} {
		if err := checkAddr(ctx, a.addr); a.addr != "" && err != nil {
			faults = append(faults, settings.Faultf(a.field, " is %q; it must be HOST:PORT, such as localhost:8000, or unix:PATH: %v", a.addr, err))
		}
	}
	if sameAddress(c.Addr, c.OpsAddr) {
		faults = append(faults, settings.Faultf("OpsAddr", " is %q, and the server already listens on %q; use another port", c.OpsAddr, c.Addr))
	}
	if c.TLSCert != "" && c.TLSKey != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			faults = append(faults, settings.Faultf("TLSCert", " and tls_key: %v", err))
		}
	}
	return faults
}

// sameAddress reports whether a program cannot listen on both addresses. An empty host and
// the host 0.0.0.0 are all addresses.
func sameAddress(a, b string) bool {
	hostA, portA, err := net.SplitHostPort(a)
	hostB, portB, err2 := net.SplitHostPort(b)
	if err != nil || err2 != nil {
		return a == b && a != ""
	}
	every := func(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }
	return portA == portB && portA != "0" && portA != "" && (hostA == hostB || every(hostA) || every(hostB))
}

// checkAddr returns what is wrong with the form of an address to listen on.
func checkAddr(ctx context.Context, addr string) error {
	if path, isUnix := strings.CutPrefix(addr, unixPrefix); isUnix {
		if path == "" {
			return errors.New("the path is missing")
		}
		return nil
	}
	_, port, err := net.SplitHostPort(addr)
	if wrong, ok := errors.AsType[*net.AddrError](err); ok {
		return errors.New(wrong.Err)
	}
	if _, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil {
		return fmt.Errorf("%q is not a port", port)
	}
	return nil
}
