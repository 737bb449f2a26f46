package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/portrait"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/turns"
)

// deployment is the folder of the files for systemd, containers and proxies.
const deployment = "../../deploy/"

func deploymentFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(deployment + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// yamlDocuments returns the documents of a YAML file.
func yamlDocuments(t *testing.T, name string) (documents []map[string]any) {
	t.Helper()
	for text := range strings.SplitSeq(deploymentFile(t, name), "\n---\n") {
		document, err := yaml.Parser().Unmarshal([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		documents = append(documents, document)
	}
	return documents
}

// at returns the value at a path of keys and indexes.
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := value.(map[string]any)
			if !ok || m[step] == nil {
				t.Fatalf("%v: there is no %q", path, step)
			}
			value = m[step]
		case int:
			l, ok := value.([]any)
			if !ok || len(l) <= step {
				t.Fatalf("%v: there is no element %d", path, step)
			}
			value = l[step]
		}
	}
	return value
}

func texts(values any) (list []string) {
	for _, value := range values.([]any) {
		list = append(list, fmt.Sprint(value))
	}
	return list
}

// checkArguments checks that the binary has the command and its flags.
func checkArguments(t *testing.T, where string, args []string) {
	t.Helper()
	root := rootCommand(&command{streams: streams{strings.NewReader(""), io.Discard, io.Discard}, config: newConfig()})
	used, rest, err := root.Find(args)
	if err == nil && used == root {
		err = fmt.Errorf("unknown command %q", args)
	}
	if err == nil {
		err = used.ParseFlags(rest)
	}
	if err == nil {
		err = used.ValidateArgs(used.Flags().Args())
	}
	if err != nil {
		t.Errorf("%s: %v", where, err)
	}
}

// checkEnvironment checks that the variables are settings, and that their values
// are accepted.
func checkEnvironment(t *testing.T, where string, env map[string]string) {
	t.Helper()
	var pairs []string
	for name, value := range env {
		if name == memoryVariable {
			checkMemory(t, where, value)
			continue
		}
		if !slices.ContainsFunc(settings.Of(new(config)), func(s settings.Setting) bool { return name == variable(s) || name == fileVariable(s) }) {
			t.Errorf("%s: %s is not a setting", where, name)
		}
		if !strings.HasSuffix(name, "_FILE") { // the file does not exist here
			pairs = append(pairs, name+"="+value)
		}
	}
	c := newConfig()
	if err := c.load(pflag.NewFlagSet("", pflag.ContinueOnError), "", pairs); err != nil {
		t.Errorf("%s: %v", where, err)
	}
	if err := c.finish(false); err != nil {
		t.Errorf("%s: %v", where, err)
	}
}

// memoryVariable is the variable of the Go runtime that limits the memory of a process.
const memoryVariable = "GOMEMLIMIT"

// checkMemory checks the memory limit of a deployment. The limit must be the one in the guide. It
// must have room for an idle server, the largest picture and all passwords and secrets that are
// checked at the same time, among them two passwords with hashes of the largest kind.
func checkMemory(t *testing.T, where, value string) {
	t.Helper()
	size, err := strconv.ParseInt(strings.TrimSuffix(value, "MiB"), 10, 64)
	size <<= 20
	checked := size / 100 * int64(turns.Passwords+turns.Secrets)
	if err != nil || size < memoryLimit<<20+portrait.MaxMemory+checked || size/100*int64(turns.Passwords) < 2*(64<<20) || checked > size/2 {
		t.Errorf("%s: %s=%s is too small: %v", where, memoryVariable, value, err)
	}
	if guide, err := os.ReadFile("../../docs/how-to/deploy.md"); err != nil || !strings.Contains(string(guide), memoryVariable+"="+value) {
		t.Errorf("%s: the guide does not contain %s=%s: %v", where, memoryVariable, value, err)
	}
}

func TestDockerfileUsesCommandsAndSettingsThatExist(t *testing.T) {
	text := deploymentFile(t, "docker/Dockerfile")
	list := func(pattern string) (words []string) {
		found := regexp.MustCompile(`(?m)^` + pattern + ` (\[.*\])$`).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("the Dockerfile has no %s", pattern)
		}
		if err := json.Unmarshal([]byte(found[1]), &words); err != nil {
			t.Fatal(err)
		}
		return words
	}
	if entry := list("ENTRYPOINT"); !slices.Equal(entry, []string{"/latchkey"}) {
		t.Errorf("the entry point is %q", entry)
	}
	checkArguments(t, "CMD", list("CMD"))
	health := list(`HEALTHCHECK .* CMD`)
	if health[0] != "/latchkey" {
		t.Errorf("the health check is %q: an image without a shell has only /latchkey", health)
	}
	checkArguments(t, "HEALTHCHECK", health[1:])
	env := make(map[string]string)
	for _, found := range regexp.MustCompile(`(LATCHKEY_\w+)=(\S+)`).FindAllStringSubmatch(text, -1) {
		env[found[1]] = found[2]
	}
	checkEnvironment(t, "ENV", env)
	if !strings.Contains(text, "\nFROM scratch\n") || !strings.Contains(text, "\nUSER 65532:65532\n") || len(env) < 3 {
		t.Error("the image is not empty, or runs as root")
	}
}

func TestComposeFileUsesSettingsThatExist(t *testing.T) {
	file := yamlDocuments(t, "docker/compose.yaml")[0]
	env := make(map[string]string)
	for name, value := range at(t, file, "services", "latchkey", "environment").(map[string]any) {
		env[name] = fmt.Sprint(value)
	}
	checkEnvironment(t, "compose.yaml", env)
	for name, secret := range at(t, file, "secrets").(map[string]any) {
		if path := at(t, secret, "file"); !strings.HasPrefix(path.(string), "secrets/") {
			t.Errorf("the secret %s is in %s", name, path)
		}
	}
	for _, name := range []string{"LATCHKEY_DB_FILE", "LATCHKEY_MASTER_KEY_FILE"} {
		secret, mounted := strings.CutPrefix(env[name], "/run/secrets/")
		if !mounted || !slices.Contains(texts(at(t, file, "services", "latchkey", "secrets")), secret) {
			t.Errorf("%s is %s, which is not mounted", name, env[name])
		}
	}
	if at(t, file, "services", "latchkey", "read_only") != true {
		t.Error("the root folder can be written to")
	}
	network := at(t, file, "networks", "default", "ipam", "config", 0)
	proxy := netip.MustParseAddr(at(t, file, "services", "caddy", "networks", "default", "ipv4_address").(string))
	subnet, others := netip.MustParsePrefix(at(t, network, "subnet").(string)), netip.MustParsePrefix(at(t, network, "ip_range").(string))
	if trusted := env["LATCHKEY_TRUSTED_PROXIES"]; trusted != proxy.String() || !subnet.Contains(proxy) || others.Contains(proxy) {
		t.Errorf("the trusted proxies are %s, Caddy has the address %s in %s, and the other containers are in %s", trusted, proxy, subnet, others)
	}
	if upstream := at(t, file, "services", "caddy", "environment", "LATCHKEY"); upstream != "latchkey:8000" || !strings.Contains(deploymentFile(t, "caddy/Caddyfile"), "{$LATCHKEY:") {
		t.Errorf("Caddy sends requests to %v", upstream)
	}
}

// TestSecretsOfADeploymentAreNotPartOfTheImage: the Dockerfile copies the whole
// checkout, without the files that Dockerfile.dockerignore lists. Git must ignore
// them too.
func TestSecretsOfADeploymentAreNotPartOfTheImage(t *testing.T) {
	files := []string{"master.key"} // for Kubernetes
	for _, secret := range at(t, yamlDocuments(t, "docker/compose.yaml")[0], "secrets").(map[string]any) {
		files = append(files, "deploy/docker/"+at(t, secret, "file").(string))
	}
	ignored := strings.Split(deploymentFile(t, "docker/Dockerfile.dockerignore"), "\n")
	for _, file := range files {
		if !slices.Contains(ignored, file) && !slices.Contains(ignored, filepath.Dir(file)) {
			t.Errorf("%s becomes part of the image", file)
		}
		if out, err := exec.Command("git", "-C", "../..", "check-ignore", file).CombinedOutput(); err != nil {
			t.Errorf("git does not ignore %s: %v %s", file, err, out)
		}
	}
	if len(files) != 4 {
		t.Errorf("the secrets are %q", files)
	}
}

func TestKubernetesManifestsUseCommandsAndSettingsThatExist(t *testing.T) {
	documents := yamlDocuments(t, "kubernetes/latchkey.yaml")
	pod := at(t, documents[0], "spec", "template", "spec")
	containers := append(slices.Clone(at(t, pod, "containers").([]any)), at(t, pod, "initContainers").([]any)...)
	for _, container := range containers {
		name := at(t, container, "name").(string)
		checkArguments(t, name, texts(at(t, container, "args")))
		env := make(map[string]string)
		for _, pair := range at(t, container, "env").([]any) {
			env[at(t, pair, "name").(string)] = at(t, pair, "value").(string)
		}
		checkEnvironment(t, name, env)
		for _, secret := range []string{"LATCHKEY_DB_FILE", "LATCHKEY_MASTER_KEY_FILE"} {
			if folder := at(t, container, "volumeMounts", 0, "mountPath").(string); !strings.HasPrefix(env[secret], folder+"/") {
				t.Errorf("%s: %s is not in %s", name, secret, folder)
			}
		}
		if at(t, container, "securityContext", "readOnlyRootFilesystem") != true {
			t.Errorf("%s: the root folder can be written to", name)
		}
		// The program file and SQLite need memory that the Go runtime does not manage.
		if name == "latchkey" && (env[memoryVariable] != "400MiB" || at(t, container, "resources", "limits", "memory") != "512Mi") {
			t.Errorf("the server may use %s in a container with %v", env[memoryVariable], at(t, container, "resources", "limits", "memory"))
		}
	}
	for probe, want := range map[string]string{"startupProbe": "/healthz", "livenessProbe": "/livez", "readinessProbe": "/healthz"} {
		if path := at(t, containers[0], probe, "httpGet", "path"); path != want {
			t.Errorf("the %s asks %s, want %s", probe, path, want)
		}
	}
	if seconds := at(t, pod, "terminationGracePeriodSeconds").(int); float64(seconds) < shutdownTimeout.Seconds()+5 {
		t.Errorf("a pod has only %d s to stop", seconds)
	}
	labels := fmt.Sprint(at(t, documents[0], "spec", "template", "metadata", "labels"))
	for i, path := range [][]any{1: {"spec", "selector", "matchLabels"}, 2: {"spec", "selector"}, 4: {"spec", "podSelector", "matchLabels"}} {
		if path != nil && fmt.Sprint(at(t, documents[i], path...)) != labels {
			t.Errorf("document %d selects other pods", i)
		}
	}
	if replicas, available := at(t, documents[0], "spec", "replicas").(int), at(t, documents[1], "spec", "minAvailable").(int); available >= replicas || available < 1 {
		t.Errorf("%d of %d pods must be available, so a node can never be drained", available, replicas)
	}
}

// TestSettingsFileOfTheDeploymentIsAccepted, by "latchkey check" too.
func TestSettingsFileOfTheDeploymentIsAccepted(t *testing.T) {
	c := newConfig()
	if err := c.load(pflag.NewFlagSet("", pflag.ContinueOnError), deployment+"latchkey.yaml", nil); err != nil {
		t.Fatal(err)
	}
	if err := c.finish(false); err != nil || c.Data != "/var/lib/latchkey" {
		t.Errorf("data is %s, %v", c.Data, err)
	}
	backend := yamlDocuments(t, "traefik/latchkey.yaml")[0]
	if path := at(t, backend, "http", "services", "latchkey", "loadBalancer", "healthCheck", "path"); path != "/healthz" {
		t.Errorf("Traefik asks %s", path)
	}
	if router := at(t, backend, "http", "routers", "latchkey", "service"); router != "latchkey" {
		t.Errorf("Traefik sends requests to %s", router)
	}
}
