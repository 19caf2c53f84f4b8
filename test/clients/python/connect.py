"""Connects as an application with a driver does, once for each attempt of ATTEMPTS, and queries. Argument: the driver's name."""
import json
import os
import sys
import tempfile

from cases import Program, equal, env

ACCOUNT = {'user': 'app', 'password': 'secret'}


def answer(connection):
    cursor = connection.cursor()
    cursor.execute('select 1')
    found = cursor.fetchone()[0]
    connection.close()
    return int(found)


def pymssql(to):
    import pymssql

    lines = ['[global]', 'tds version = 7.4', 'encryption = require', f'ca file = {to["trust"]}', 'check certificate hostname = yes']
    with tempfile.TemporaryDirectory() as folder:
        settings, dump = f'{folder}/freetds.conf', f'{folder}/dump'
        with open(settings, 'w') as file:
            file.write('\n'.join(lines) + '\n')
        os.environ.update(FREETDSCONF=settings, TDSDUMP=dump)
        try:
            return answer(pymssql.connect(server=to['host'], port=to['port'], login_timeout=10, **ACCOUNT))
        except pymssql.OperationalError as error:
            # What FreeTDS finds wrong with a certificate it tells its dump alone.
            with open(dump, encoding='latin1') as file:
                told = [line.strip() for line in file if line.startswith('tls.c') and 'failed' in line]
            raise RuntimeError(f'{error}; dump: {told}') from error


def mssql_python(to):
    # Microsoft's ODBC Driver 18 asks OpenSSL for the system's authorities.
    os.environ['SSL_CERT_FILE'] = to['trust']
    import mssql_python

    where = f"Server={to['host']},{to['port']};Encrypt=yes;TrustServerCertificate=no"
    return answer(mssql_python.connect(f"{where};UID={ACCOUNT['user']};PWD={ACCOUNT['password']}"))


def pymysql(to):
    import pymysql

    return answer(
        pymysql.connect(
            host=to['host'],
            port=to['port'],
            connect_timeout=10,
            ssl_ca=to['trust'],
            ssl_verify_cert=True,
            ssl_verify_identity=True,
            **ACCOUNT,
        )
    )


def mysql_connector(to):
    import mysql.connector

    return answer(
        mysql.connector.connect(
            host=to['host'],
            port=to['port'],
            connection_timeout=10,
            ssl_ca=to['trust'],
            ssl_verify_cert=True,
            ssl_verify_identity=True,
            use_pure=True,
            **ACCOUNT,
        )
    )


def libpq(to):
    return f"host={to['host']} hostaddr=127.0.0.1 port={to['port']} dbname=app sslmode=verify-full sslrootcert={to['trust']} connect_timeout=10"


def psycopg(to):
    import psycopg

    return answer(psycopg.connect(libpq(to), **ACCOUNT))


def psycopg2(to):
    import psycopg2

    return answer(psycopg2.connect(libpq(to), **ACCOUNT))


DRIVERS = {
    'pymssql': ('pymssql', pymssql),
    'mssql-python': ('mssql-python', mssql_python),
    'pymysql': ('pymysql', pymysql),
    'mysql-connector-python': ('mysql-connector-python', mysql_connector),
    'psycopg': ('psycopg', psycopg),
    'psycopg2': ('psycopg2-binary', psycopg2),
}

package, connect = DRIVERS[sys.argv[1]]
program = Program(env['ENGINE'], package)
for attempt in json.loads(env['ATTEMPTS']):
    with program.case(attempt['name']) as saw:
        equal(connect(attempt), 1)
        saw('select 1')
