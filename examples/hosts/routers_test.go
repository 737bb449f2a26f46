package hosts_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/internal/needs"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// handlers has the handlers that a host mounts: the provider, its back office, and its
// own pages.
type handlers struct {
	base                string // the path of the issuer, with a slash at the end
	server, admin, host http.Handler
}

// paths returns the handlers by the paths below which they are mounted.
func (h handlers) paths() map[string]http.Handler {
	return map[string]http.Handler{h.base: h.server, "/.well-known/": h.server, "/admin/": h.admin, "/host/": h.host}
}

var routers = map[string]func(handlers) http.Handler{
	"ServeMux": func(h handlers) http.Handler {
		m := http.NewServeMux()
		for path, handler := range h.paths() {
			m.Handle(path, handler)
		}
		return m
	},
	"chi": func(h handlers) http.Handler {
		m := chi.NewRouter()
		for path, handler := range h.paths() {
			m.Handle(path+"*", handler)
		}
		return m
	},
	"gorilla": func(h handlers) http.Handler {
		m := mux.NewRouter()
		for _, path := range []string{"/.well-known/", "/admin/", "/host/", h.base} {
			m.PathPrefix(path).Handler(h.paths()[path])
		}
		return m
	},
	"gin": func(h handlers) http.Handler {
		gin.SetMode(gin.ReleaseMode)
		m := gin.New()
		if h.base == "/" {
			m.Any("/admin/*path", gin.WrapH(h.admin))
			m.Any("/host/*path", gin.WrapH(h.host))
			m.NoRoute(gin.WrapH(h.server))
			return m
		}
		for path, handler := range h.paths() {
			m.Any(path+"*path", gin.WrapH(handler))
		}
		return m
	},
	"echo": func(h handlers) http.Handler {
		m := echo.New()
		for path, handler := range h.paths() {
			m.Any(path+"*", echo.WrapHandler(handler))
		}
		return m
	},
}

// serve starts a host with the issuer address+base. address returns the address under
// which browsers know a local server.
func serve(t *testing.T, base string, router func(handlers) http.Handler, address func(local string) string) *latchkeytest.Provider {
	t.Helper()
	var site http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { site.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	public, host := address(server.URL), hosttest.New()
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Issuer, o.People = public+strings.TrimSuffix(base, "/"), host })
	p.URL = public
	site = router(handlers{base, p.Server, p.Server.Admin(), host})
	return p
}

func TestHostMountsTheProviderInEveryRouter(t *testing.T) {
	for name, router := range routers {
		for _, base := range []string{"/", "/o/", "/a/b/"} {
			t.Run(name+" "+base, func(t *testing.T) {
				p := serve(t, base, router, func(local string) string { return local })
				for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json", "/check_session/", "/logout/"} {
					if page := p.Browser().Open(p.Issuer + path); page.StatusCode != 200 {
						t.Errorf("%s: %s", path, page.Status)
					}
				}
				walk(t, p)
			})
		}
	}
}

// A proxy with another host name, which does not send the name to the program.
func TestHostBehindNginxWithoutTheHostHeader(t *testing.T) {
	program := needs.Nginx(t)
	port, folder := needs.Port(t), t.TempDir()
	p := serve(t, "/o/", routers["ServeMux"], func(local string) string {
		config := fmt.Sprintf("daemon off; pid %[1]s/pid; error_log %[1]s/error.log;\nevents {}\nhttp { access_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;\nserver { listen 127.0.0.1:%[2]d; location / { proxy_pass %[3]s; } } }\n", folder, port, local)
		if err := os.WriteFile(filepath.Join(folder, "nginx.conf"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("http://localhost:%d", port)
	})
	nginx := exec.Command(program, "-p", folder, "-e", filepath.Join(folder, "error.log"), "-c", filepath.Join(folder, "nginx.conf"))
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = nginx.Process.Kill()
		_ = nginx.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; {
		connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = connection.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	walk(t, p)
}
