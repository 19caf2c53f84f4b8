// Programs over Alibaba's and others' Go clients, one for each client: `clients NAME`.
package main

import (
	"fmt"
	"os"
)

var programs = map[string]func(){
	"rds-alibaba-cloud-sdk": rdsAlibabaCloudSdk,
	"rds-darabonba":         rdsDarabonba,
	"sts-alibaba-cloud-sdk": stsAlibabaCloudSdk,
	"sts-darabonba":         stsDarabonba,
	"fc-darabonba":          fcDarabonba,
	"oss-v2":                ossV2,
	"go-mssqldb":            connecting("github.com/microsoft/go-mssqldb", connectMssql),
	"go-sql-driver":         connecting("github.com/go-sql-driver/mysql", connectMysql),
	"pgx":                   connecting("github.com/jackc/pgx/v5", connectPgx),
	"pq":                    connecting("github.com/lib/pq", connectPq),
}

func main() {
	if len(os.Args) == 2 {
		if program, known := programs[os.Args[1]]; known {
			program()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: clients NAME")
	os.Exit(2)
}
