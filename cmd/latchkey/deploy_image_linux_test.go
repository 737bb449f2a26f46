package main

import (
	"crypto/rand"
	"debug/elf"
	"encoding/base64"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// imageUser is the user of the image.
const imageUser = 65532

// releasedBinary builds the binary once, in a clean checkout and with the command
// of the Dockerfile.
var releasedBinary = sync.OnceValues(func() (path string, err error) {
	folder, err := os.MkdirTemp("", "latchkey-release-")
	if err != nil {
		return "", err
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	if _, err := exec.Command("git", "clone", "--quiet", "--depth", "1", "file://"+top, folder+"/src").Output(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(deployment + "docker/Dockerfile")
	if err != nil {
		return "", err
	}
	command := regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o /latchkey (\S+)$`).FindStringSubmatch(string(text))
	path = folder + "/latchkey"
	build := exec.Command("sh", "-c", command[1]+" -o "+path+" "+command[2])
	build.Dir = folder + "/src"
	_, err = build.Output()
	return path, err
})

// released returns the path of the released binary.
func released(t *testing.T) string {
	t.Helper()
	path, err := releasedBinary()
	if err != nil {
		if failed, ok := err.(*exec.ExitError); ok { //nolint:errorlint // it is not wrapped
			t.Fatalf("%v: %s", err, failed.Stderr)
		}
		t.Fatal(err)
	}
	return path
}

// TestReleasedBinaryIsStaticAndKnowsItsCommit: an image without a C library can
// run it, and an operator can find its source.
func TestReleasedBinaryIsStaticAndKnowsItsCommit(t *testing.T) {
	t.Parallel()
	file, err := elf.Open(released(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for _, program := range file.Progs {
		if program.Type == elf.PT_INTERP || program.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary is dynamically linked: it has %v", program.Type)
		}
	}
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("the binary needs %v, %v", libraries, err)
	}
	commit, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	version, err := exec.Command(released(t), "version", "--json").Output()
	if err != nil || !strings.Contains(string(version), strings.TrimSpace(string(commit))) || strings.Contains(string(version), "(devel)") || strings.Contains(string(version), "+dirty") {
		t.Errorf("the version is %s, %v, want the commit %s", version, err, commit)
	}
}

// image is the content of the container image: a root folder that its user cannot
// write to.
type image struct {
	t      *testing.T
	root   string
	env    []string
	placed []string // files of the image
}

func newImage(t *testing.T, folders ...string) *image {
	t.Helper()
	i := &image{t: t, root: t.TempDir(), placed: []string{"/latchkey"}}
	t.Cleanup(func() { // so that everybody can remove them
		for _, folder := range append(folders, "") {
			_ = os.Chmod(filepath.Join(i.root, folder), 0o700) //nolint:gosec // a folder
		}
	})
	install(t, released(t), filepath.Join(i.root, "latchkey"))
	for _, folder := range folders {
		if err := os.Mkdir(filepath.Join(i.root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
		i.chown(folder, imageUser)
	}
	if err := os.Chmod(i.root, 0o555); err != nil { //nolint:gosec // nobody can write to it
		t.Fatal(err)
	}
	if err := i.command("version").Run(); os.Getuid() != 0 && err != nil {
		needs.Missing(t, "a kernel that lets every user create a user namespace")
	}
	return i
}

// install copies a program. Another process writes the copy, because a program
// cannot be started while a file descriptor for writing it is open, which a process
// that another test starts at the same time could inherit.
func install(t *testing.T, program, path string) {
	t.Helper()
	if out, err := exec.Command("install", "-m", "555", program, path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// chown changes the owner of a file of the image, with the group of its user. Only
// root can do that. Everybody else runs the server in a user namespace, in which all
// files belong to the user of the image.
func (i *image) chown(path string, user int) {
	i.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	if err := os.Chown(filepath.Join(i.root, path), user, imageUser); err != nil {
		i.t.Fatal(err)
	}
}

// command returns a command in the image.
func (i *image) command(args ...string) *exec.Cmd {
	cmd := exec.Command("/latchkey", args...)
	cmd.Dir, cmd.Env = "/", i.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.root}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: imageUser, Gid: imageUser}
	} else {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: imageUser, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: imageUser, HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// serve starts the server, logs in a person who was added by a command, checks its
// health, and stops it.
func (i *image) serve(issuer string) {
	t := i.t
	t.Helper()
	var log syncBuffer
	server := i.command("serve")
	server.Stderr, server.Stdout = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- server.Wait()
		log.end()
	}()
	t.Cleanup(func() { _ = server.Process.Kill() })
	log.await(t, "Latchkey is ready")
	out, err := i.command("user", "add", "ada", "--admin", "--generate", "--json").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	password := regexp.MustCompile(`"password": "([^"]+)"`).FindStringSubmatch(string(out))
	if password == nil {
		t.Fatalf("there is no password in %s", out)
	}
	browser := logIn(t, issuer, password[1])
	if response, err := browser.Get(strings.TrimSuffix(issuer, "/o") + "/admin/"); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("the back office: %v %v", response, err)
	} else {
		_ = response.Body.Close()
	}
	if out, err := i.command("health").CombinedOutput(); err != nil {
		t.Errorf("health: %v: %s", err, out)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, log.String())
	}
	if out, err := i.command("health").CombinedOutput(); err == nil {
		t.Errorf("health of a stopped server: %s", out)
	}
}

// written returns the files that the server has created.
func (i *image) written() (paths []string) {
	i.t.Helper()
	if err := filepath.WalkDir(i.root, func(path string, entry fs.DirEntry, err error) error {
		if path = strings.TrimPrefix(path, i.root); err == nil && !entry.IsDir() && !slices.Contains(i.placed, path) {
			paths = append(paths, path)
		}
		return err
	}); err != nil {
		i.t.Fatal(err)
	}
	return paths
}

// TestServerRunsInAnEmptyReadOnlyRootAsAnotherUser with SQLite in /data.
func TestServerRunsInAnEmptyReadOnlyRootAsAnotherUser(t *testing.T) {
	t.Parallel()
	i := newImage(t, "data")
	addr := needs.Address(t)
	issuer := "http://" + addr + "/o"
	i.env = []string{"LATCHKEY_ADDR=" + addr[strings.LastIndex(addr, ":"):], "LATCHKEY_DATA=/data", "LATCHKEY_LOG_FORMAT=json", "LATCHKEY_ISSUER=" + issuer}
	i.serve(issuer)
	for _, path := range i.written() {
		if !strings.HasPrefix(path, "/data/") {
			t.Errorf("the server has written %s", path)
		}
	}
	if len(i.written()) < 2 {
		t.Errorf("the server has written only %v", i.written())
	}
}

// TestServerWithPostgreSQLNeedsNoFolder, only the files that contain its secrets.
func TestServerWithPostgreSQLNeedsNoFolder(t *testing.T) {
	t.Parallel()
	i := newImage(t, "secrets")
	db := sharedPostgres.DatabaseFor(t)
	mode := os.FileMode(0o440) // the group of the image reads the files of root
	if os.Getuid() != 0 {
		mode = 0o400 // the user of the image owns the files
	}
	randomKey := make([]byte, 32)
	_, _ = rand.Read(randomKey) // never fails (crypto/rand)
	for name, text := range map[string]string{"db": db, "master.key": base64.StdEncoding.EncodeToString(randomKey)} {
		path := filepath.Join(i.root, "secrets", name)
		if err := os.WriteFile(path, []byte(text+"\n"), mode); err != nil {
			t.Fatal(err)
		}
		i.chown("secrets/"+name, 0) // as Kubernetes does with fsGroup
		i.placed = append(i.placed, "/secrets/"+name)
	}
	i.chown("secrets", 0)
	if err := os.Chmod(filepath.Join(i.root, "secrets"), 0o550); err != nil { //nolint:gosec // the user of the image reads it
		t.Fatal(err)
	}
	addr := needs.Address(t)
	issuer := "http://" + addr + "/o"
	i.env = []string{
		"LATCHKEY_ADDR=" + addr, "LATCHKEY_LOG_FORMAT=json", "LATCHKEY_ISSUER=" + issuer, "LATCHKEY_OPS_ADDR=" + needs.Address(t),
		"LATCHKEY_DB_FILE=/secrets/db", "LATCHKEY_MASTER_KEY_FILE=/secrets/master.key",
	}
	if out, err := i.command("migrate").CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	i.serve(issuer)
	if out, err := i.command("check").CombinedOutput(); err != nil {
		t.Errorf("check: %v: %s", err, out)
	}
	if paths := i.written(); len(paths) > 0 {
		t.Errorf("the server has written %v", paths)
	}
}
