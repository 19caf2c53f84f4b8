package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/lib/pq"
	mssql "github.com/microsoft/go-mssqldb"
)

// attempt says where to connect and whom to trust. Names are not resolved: every one of them is this machine.
type attempt struct {
	Name, Host, Trust string
	Port              int
}

func (to attempt) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", to.Port))
}

// dialer has the method names that the drivers ask for.
type dialer struct{ attempt }

func (of dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return of.dial(ctx, network, address)
}

func (of dialer) Dial(network, address string) (net.Conn, error) {
	return of.dial(context.Background(), network, address)
}

func (of dialer) DialTimeout(network, address string, _ time.Duration) (net.Conn, error) {
	return of.Dial(network, address)
}

// HostName keeps go-mssqldb from resolving.
func (of dialer) HostName() string { return of.Host }

// connecting makes a program of one attempt after the other, as an application with this driver would connect and query.
func connecting(module string, connect func(context.Context, attempt) (int, error)) func() {
	return func() {
		cases := newCases(env("ENGINE"), module)
		attempts := []attempt{}
		if err := json.Unmarshal([]byte(env("ATTEMPTS")), &attempts); err != nil {
			panic(err)
		}
		for _, one := range attempts {
			cases.run(one.Name, func() (string, error) {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				found, err := connect(ctx, one)
				return "select 1", first(err, equal(found, 1))
			})
		}
	}
}

func query(ctx context.Context, pool *sql.DB) (found int, err error) {
	defer pool.Close()
	err = pool.QueryRowContext(ctx, "select 1").Scan(&found)
	return found, err
}

func connectMssql(ctx context.Context, to attempt) (int, error) {
	dsn := fmt.Sprintf("sqlserver://app:secret@%s:%d?encrypt=true&TrustServerCertificate=false&certificate=%s", to.Host, to.Port, to.Trust)
	connector, err := mssql.NewConnector(dsn)
	if err != nil {
		return 0, err
	}
	connector.Dialer = dialer{to}
	return query(ctx, sql.OpenDB(connector))
}

func connectMysql(ctx context.Context, to attempt) (int, error) {
	pem, err := os.ReadFile(to.Trust)
	if err != nil {
		return 0, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := mysql.NewConfig()
	config.User, config.Passwd, config.Net = "app", "secret", "tcp"
	config.Addr = fmt.Sprintf("%s:%d", to.Host, to.Port)
	config.TLS = &tls.Config{RootCAs: roots, ServerName: to.Host}
	config.DialFunc = to.dial
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return 0, err
	}
	return query(ctx, sql.OpenDB(connector))
}

func postgresUrl(to attempt) string {
	return fmt.Sprintf("postgres://app:secret@%s:%d/app?sslmode=verify-full&sslrootcert=%s", to.Host, to.Port, to.Trust)
}

func connectPgx(ctx context.Context, to attempt) (found int, err error) {
	config, err := pgx.ParseConfig(postgresUrl(to))
	if err != nil {
		return 0, err
	}
	config.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return 0, err
	}
	defer connection.Close(ctx)
	err = connection.QueryRow(ctx, "select 1").Scan(&found)
	return found, err
}

func connectPq(ctx context.Context, to attempt) (int, error) {
	connector, err := pq.NewConnector(postgresUrl(to))
	if err != nil {
		return 0, err
	}
	connector.Dialer(dialer{to})
	return query(ctx, sql.OpenDB(connector))
}
