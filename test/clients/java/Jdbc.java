import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;

/** Connects as an application with a JDBC driver does, once for each attempt of ATTEMPTS, and queries. Arguments: the driver's name and the kind of trust file. */
final class Jdbc {
    private static final String PASSWORD = "apsaradb";

    record Attempt(String name, String host, int port, String trust) {}

    /** What a user would write: the driver, its URL and its properties. */
    record Way(String driver, String url, Properties properties) {}

    public static void main(String[] args) throws Exception {
        String client = args[0];
        String file = args[1];
        Attempt[] attempts = Cases.attempts();
        for (Attempt attempt : attempts) {
            Way way = wayOf(client, file, attempt);
            Driver driver = (Driver) Class.forName(way.driver).getDeclaredConstructor().newInstance();
            new Cases(Cases.env("ENGINE"), driver.getClass()).run(attempt.name, () -> {
                way.properties.setProperty("user", "app");
                way.properties.setProperty("password", "secret");
                try (Connection connection = driver.connect(way.url, way.properties);
                     Statement statement = connection.createStatement();
                     ResultSet rows = statement.executeQuery("select 1")) {
                    Cases.check(rows.next() && rows.getInt(1) == 1, "select 1 gave another answer");
                    return "select 1";
                } catch (Exception error) {
                    throw new Exception(Cases.causes(error));
                }
            });
        }
    }

    private static Way wayOf(String client, String file, Attempt to) {
        String at = to.host + ":" + to.port;
        Properties properties = new Properties();
        String type = file.equals("P12") ? "PKCS12" : "JKS";
        switch (client) {
            case "mssql-jdbc":
                return new Way("com.microsoft.sqlserver.jdbc.SQLServerDriver", "jdbc:sqlserver://" + at + ";encrypt=true;trustServerCertificate=false;trustStore="
                    + to.trust + ";trustStoreType=" + type + ";trustStorePassword=" + PASSWORD + ";loginTimeout=10", properties);
            case "jtds":
                system(to.trust, type);
                return new Way("net.sourceforge.jtds.jdbc.Driver", "jdbc:jtds:sqlserver://" + at + "/master;ssl=authenticate;loginTimeout=10", properties);
            case "mysql-connector-j":
                return new Way("com.mysql.cj.jdbc.Driver", "jdbc:mysql://" + at + "/?sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreUrl=file:" + to.trust
                    + "&trustCertificateKeyStoreType=" + type + "&trustCertificateKeyStorePassword=" + PASSWORD + "&connectTimeout=10000", properties);
            case "mariadb-java-client":
                String trust = file.equals("PEM") ? "&serverSslCert=" + to.trust
                    : "&trustStore=file:" + to.trust + "&trustStoreType=" + type + "&trustStorePassword=" + PASSWORD;
                return new Way("org.mariadb.jdbc.Driver", "jdbc:mariadb://" + at + "/?sslMode=verify-full" + trust + "&connectTimeout=10000", properties);
            case "postgresql":
                if (!file.equals("PEM")) system(to.trust, type);
                return new Way("org.postgresql.Driver", "jdbc:postgresql://" + at + "/app?sslmode=verify-full&connectTimeout=10"
                    + (file.equals("PEM") ? "&sslrootcert=" + to.trust : "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory"), properties);
            default:
                throw new IllegalArgumentException(client);
        }
    }

    /** The trust store of the whole process, as `-D` options set it. */
    private static void system(String trust, String type) {
        System.setProperty("javax.net.ssl.trustStore", trust);
        System.setProperty("javax.net.ssl.trustStoreType", type);
        System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    }
}
