package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

func (d *deployment) request(path string) *http.Request {
	request, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(d.issuer, "/o")+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return request
}

// TestDeploymentBehindNginx uses the file of the folder deploy.
func TestDeploymentBehindNginx(t *testing.T) {
	program := installed(t, "nginx", "nginx", "/usr/sbin/nginx")
	d := deploy(t)
	site := deploymentFile(t, "nginx/latchkey.conf",
		"/run/latchkey.sock", d.socket, "id.example.com;", "localhost;", "listen [::]:80;", "", "listen [::]:443 ssl http2;", "",
		"listen 80;", fmt.Sprintf("listen 127.0.0.1:%d;", freePort(t)), "listen 443 ssl http2;", fmt.Sprintf("listen 127.0.0.1:%d ssl http2;", d.port),
		"/etc/letsencrypt/live/id.example.com/fullchain.pem", d.certificate, "/etc/letsencrypt/live/id.example.com/privkey.pem", d.key)
	global := "daemon off;\n"
	if os.Getuid() == 0 {
		global += "user root;\n" // the folder of the test is private
	}
	var temporary string
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, d.folder, kind)
	}
	config := d.file("nginx.conf", global+"pid "+d.folder+"/pid;\nevents {}\nhttp {\naccess_log off;\n"+temporary+site+"}\n")
	d.run(exec.Command(program, "-e", "stderr", "-c", config))
	waitUntilListening(t, d.port)
	d.logsIn()
}

// TestDeploymentBehindCaddy uses the file of the folder deploy, with a certificate
// of the test in place of one from the internet.
func TestDeploymentBehindCaddy(t *testing.T) {
	program := installed(t, "Caddy", "caddy")
	d := deploy(t)
	site := deploymentFile(t, "caddy/Caddyfile", "id.example.com {", fmt.Sprintf("https://localhost:%d {\n\ttls %s %s", d.port, d.certificate, d.key), "/run/latchkey.sock", d.socket)
	config := d.file("Caddyfile", "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"+site)
	cmd := exec.Command(program, "run", "--config", config, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+d.folder, "XDG_DATA_HOME="+d.folder, "XDG_CONFIG_HOME="+d.folder)
	d.run(cmd)
	waitUntilListening(t, d.port)
	d.logsIn()
}

// TestManifestsAreThoseOfKubernetes decodes them as the API server does: a field
// that does not exist is an error.
func TestManifestsAreThoseOfKubernetes(t *testing.T) {
	var (
		deployment appsv1.Deployment
		budget     policyv1.PodDisruptionBudget
		service    corev1.Service
		ingress    networkingv1.Ingress
		policy     networkingv1.NetworkPolicy
	)
	kinds := []any{&deployment, &budget, &service, &ingress, &policy}
	documents := strings.Split(deploymentFile(t, "kubernetes/latchkey.yaml"), "\n---\n")
	if len(documents) != len(kinds) {
		t.Fatalf("there are %d documents, want %d", len(documents), len(kinds))
	}
	for i, text := range documents {
		if err := yaml.UnmarshalStrict([]byte(text), kinds[i]); err != nil {
			t.Errorf("document %d: %v", i, err)
		}
	}
	pod := deployment.Spec.Template.Spec
	ports := make(map[string]int32)
	for _, port := range pod.Containers[0].Ports {
		ports[port.Name] = port.ContainerPort
	}
	for _, probe := range []*corev1.Probe{pod.Containers[0].StartupProbe, pod.Containers[0].LivenessProbe, pod.Containers[0].ReadinessProbe} {
		if ports[probe.HTTPGet.Port.StrVal] == 0 {
			t.Errorf("the container has no port %s", probe.HTTPGet.Port.StrVal)
		}
	}
	if ports[service.Spec.Ports[0].TargetPort.StrVal] != 8000 || ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Name != service.Name {
		t.Error("the Ingress does not lead to the server")
	}
	if budget.Spec.MinAvailable.IntVal >= *deployment.Spec.Replicas || *pod.TerminationGracePeriodSeconds < 20 {
		t.Error("a node cannot be drained, or requests are cut off")
	}
	checkPolicy(t, policy.Spec, deployment.Spec.Template.Labels, pod.Containers[0].Ports)
}

// checkPolicy checks that each port of the pods accepts connections from one
// namespace only: requests from that of the Ingress controller, and the metrics and
// profiles from that of Prometheus.
func checkPolicy(t *testing.T, policy networkingv1.NetworkPolicySpec, labels map[string]string, ports []corev1.ContainerPort) {
	t.Helper()
	if !maps.Equal(policy.PodSelector.MatchLabels, labels) || !slices.Equal(policy.PolicyTypes, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}) {
		t.Errorf("the policy applies to %v and %v", policy.PodSelector, policy.PolicyTypes)
	}
	if len(policy.Ingress) != len(ports) {
		t.Fatalf("the policy has %d rules for %d ports", len(policy.Ingress), len(ports))
	}
	namespaces := map[int32]string{8000: "ingress-nginx", 9090: "monitoring"}
	for i, rule := range policy.Ingress {
		if len(rule.Ports) != 1 || rule.Ports[0].Port.IntVal != ports[i].ContainerPort || rule.Ports[0].EndPort != nil {
			t.Errorf("the ports of rule %d are %v, want %d", i, rule.Ports, ports[i].ContainerPort)
		}
		if len(rule.From) != 1 || rule.From[0].NamespaceSelector == nil || rule.From[0].NamespaceSelector.MatchLabels[corev1.LabelMetadataName] != namespaces[ports[i].ContainerPort] {
			t.Errorf("port %d accepts connections from %v", ports[i].ContainerPort, rule.From)
		}
	}
}

// TestComposeFileIsThatOfCompose loads it as "docker compose" does.
func TestComposeFileIsThatOfCompose(t *testing.T) {
	path, err := filepath.Abs("../deploy/docker/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	options, err := cli.NewProjectOptions([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	server := project.Services["latchkey"]
	if _, err := os.Stat(filepath.Join(server.Build.Context, server.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	for _, volume := range project.Services["caddy"].Volumes {
		if volume.Type == "bind" {
			if _, err := os.Stat(volume.Source); err != nil {
				t.Error(err)
			}
		}
	}
	if len(project.Services) != 3 || !server.ReadOnly || server.StopGracePeriod == nil || time.Duration(*server.StopGracePeriod) < 20*time.Second {
		t.Errorf("the server is %+v", server)
	}
}
