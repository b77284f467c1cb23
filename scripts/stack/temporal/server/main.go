// Command server is Temporal's server with rights by certificate: who connects is the common name of its client certificate, and may call
// what the file of rights has for that name, in the namespace of the instance. Everything else is denied.
//
// It takes two arguments: the folder of shelfline.yaml, which is Temporal's own configuration, and the file of rights.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	_ "time/tzdata"

	"go.temporal.io/server/common/api"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/temporal"
)

// Rights are what `scripts/stack/temporal-rights.ts` has written.
type Rights struct {
	Namespace string `json:"namespace"`
	// Administrators may call everything, in every namespace.
	Administrators []string `json:"administrators"`
	// Readers may call what changes nothing.
	Readers []string `json:"readers"`
	// Methods are what each may call beside that.
	Methods map[string][]string `json:"methods"`
}

func (rights *Rights) allow(caller string, target *authorization.CallTarget) bool {
	if slices.Contains(rights.Administrators, caller) {
		return true
	}
	metadata := api.GetMethodMetadata(target.APIName)
	if metadata.Scope == api.ScopeNamespace && target.Namespace != rights.Namespace {
		return false
	}
	if metadata.Access == api.AccessReadOnly {
		return slices.Contains(rights.Readers, caller)
	}
	return metadata.Scope == api.ScopeNamespace &&
		slices.Contains(rights.Methods[caller], api.MethodName(target.APIName))
}

// Guard stands before every call.
type Guard struct {
	rights *Rights
	logger log.Logger
}

// GetClaims tells who calls.
func (*Guard) GetClaims(info *authorization.AuthInfo) (*authorization.Claims, error) {
	if info.TLSSubject == nil {
		return &authorization.Claims{}, nil
	}
	return &authorization.Claims{Subject: info.TLSSubject.CommonName}, nil
}

// Authorize lets in who has the right.
func (guard *Guard) Authorize(
	_ context.Context, claims *authorization.Claims, target *authorization.CallTarget,
) (authorization.Result, error) {
	if authorization.IsHealthCheckAPI(target.APIName) {
		return authorization.Result{Decision: authorization.DecisionAllow}, nil
	}
	caller := ""
	if claims != nil {
		caller = claims.Subject
	}
	if guard.rights.allow(caller, target) {
		return authorization.Result{Decision: authorization.DecisionAllow}, nil
	}
	guard.logger.Warn("a call was refused", tag.NewStringTag("caller", caller),
		tag.NewStringTag("method", api.MethodName(target.APIName)), tag.NewStringTag("wf-namespace", target.Namespace))
	return authorization.Result{Decision: authorization.DecisionDeny}, nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("needs the folder of the configuration and the file of rights, not %q", os.Args[1:])
	}
	settings, err := config.LoadConfig("shelfline", os.Args[1], "")
	if err != nil {
		return fmt.Errorf("the configuration in %s can't be read: %w", os.Args[1], err)
	}
	rights, err := readRights(os.Args[2])
	if err != nil {
		return err
	}
	logger := log.NewZapLogger(log.BuildZapLogger(settings.Log))
	guard := &Guard{rights: rights, logger: logger}
	server, err := temporal.NewServer(
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithConfig(settings),
		temporal.WithLogger(logger),
		temporal.WithDynamicConfigClient(dynamicconfig.NewNoopClient()),
		temporal.InterruptOn(temporal.InterruptCh()),
		temporal.WithAuthorizer(guard),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return guard }),
	)
	if err != nil {
		return err
	}
	return server.Start()
}

func readRights(file string) (*Rights, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the rights can't be read: %w", err)
	}
	rights := &Rights{}
	if err := json.Unmarshal(content, rights); err != nil {
		return nil, fmt.Errorf("the rights in %s can't be read: %w", file, err)
	}
	if rights.Namespace == "" || len(rights.Administrators) == 0 {
		return nil, fmt.Errorf("the rights in %s have no namespace or no administrator", file)
	}
	return rights, nil
}
