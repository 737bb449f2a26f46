package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// createAdministrator sends the form of a setup link, and returns the code of the
// link.
func createAdministrator(t *testing.T, link string) (code string) {
	t.Helper()
	page, code, found := strings.Cut(link, "#")
	if !found {
		t.Fatalf("the setup link is %q", link)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm(page, url.Values{"code": {code}, "username": {"root"}, "password": {"correct horse battery"}, "password_again": {"correct horse battery"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("the form of the setup link: %s", response.Status)
	}
	return code
}

// TestServePrintsASetupLinkUntilThereIsAnAdministrator runs the server with both
// forms of the log. The link is printed once at a start, and neither it nor its use
// is in the log of requests.
func TestServePrintsASetupLinkUntilThereIsAnAdministrator(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			data := t.TempDir()
			for start, wanted := range []int{1, 0} {
				var out, log syncBuffer
				cmd := exec.Command(program(t), "serve", "--data", data, "--addr", "localhost:0", "--log-format", format, "--request-log")
				cmd.Stdout, cmd.Stderr = &out, &log
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = cmd.Process.Kill() })
				ready, where, label := regexp.MustCompile(`setup link: (\S+)`), &out, "setup link: "
				if format == "json" {
					ready, where, label = regexp.MustCompile(`"setup_link":"([^"]+)"`), &log, `"setup_link":"`
				}
				where.await(t, "Latchkey is ready")
				var code string
				if wanted == 1 {
					link := ready.FindStringSubmatch(where.await(t, label))[1]
					if err := json.Unmarshal([]byte(`"`+link+`"`), &link); err != nil {
						t.Fatal(err)
					}
					code = createAdministrator(t, link)
				}
				if err := cmd.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
				if err := cmd.Wait(); err != nil {
					t.Fatal(err)
				}
				all := out.String() + log.String()
				if n := len(ready.FindAllString(all, -1)); n != wanted || (code != "" && strings.Count(all, code) != 1) {
					t.Errorf("start %d: the output has %d setup links: %s", start, n, all)
				}
			}
		})
	}
}
