import static com.aliyun.rds20140815.models.DescribeDBInstancesResponseBody.DescribeDBInstancesResponseBodyItemsDBInstance;

import com.aliyun.rds20140815.Client;
import com.aliyun.rds20140815.models.*;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Alibaba's generated SDK for Java. */
final class Rds {
    private static final int HANGZHOU = Integer.parseInt(Cases.env("HANGZHOU_COUNT"));

    private static Client client(String secret) throws Exception {
        return new Client(new Config().setAccessKeyId(Cases.KEY).setAccessKeySecret(secret).setEndpoint(Cases.env("RDS_ENDPOINT")).setProtocol("http").setRegionId(Cases.env("REGION")));
    }

    private static List<String> ids(DescribeDBInstancesResponseBody body) {
        return body.getItems().getDBInstance().stream().map(DescribeDBInstancesResponseBodyItemsDBInstance::getDBInstanceId).toList();
    }

    public static void main(String[] args) throws Exception {
        Cases cases = new Cases("RDS", Client.class);
        Client rds = client(Cases.SECRET);

        cases.run("lists by page number", () -> {
            List<Integer> sizes = new ArrayList<>();
            HashSet<String> found = new HashSet<>();
            for (int number = 1; number <= 4; number++) {
                DescribeDBInstancesResponseBody body = rds.describeDBInstances(
                    new DescribeDBInstancesRequest().setRegionId("cn-hangzhou").setPageNumber(number).setPageSize(5)).getBody();
                sizes.add(ids(body).size());
                found.addAll(ids(body));
                Cases.equal(body.getTotalRecordCount(), HANGZHOU);
            }
            Cases.equal(sizes, List.of(5, 5, 2, 0));
            Cases.equal(found.size(), HANGZHOU);
            return "5 + 5 + 2 of " + HANGZHOU;
        });

        cases.run("lists by token", () -> {
            HashSet<String> found = new HashSet<>();
            List<Integer> sizes = new ArrayList<>();
            String token = null;
            do {
                DescribeDBInstancesResponseBody body = rds.describeDBInstances(
                    new DescribeDBInstancesRequest().setRegionId("cn-hangzhou").setMaxResults(5).setNextToken(token)).getBody();
                sizes.add(ids(body).size());
                found.addAll(ids(body));
                token = body.getNextToken();
            } while (token != null && !token.isEmpty());
            Cases.equal(sizes, List.of(5, 5, 2));
            Cases.equal(found.size(), HANGZHOU);
            return "5 + 5 + 2, then no NextToken";
        });

        cases.run("describes SSL of each engine", () -> {
            String mysql = ssl(rds, "rm-my00").getSSLEnabled();
            String mssql = ssl(rds, "rm-mssql").getSSLEnabled();
            DescribeDBInstanceSSLResponseBody postgres = ssl(rds, "pgm-1");
            Cases.equal(List.of(mysql, mssql, postgres.getSSLEnabled(), postgres.getCAType()), List.of("Yes", "Yes", "on", "aliyun"));
            return mysql + " " + mssql + " " + postgres.getSSLEnabled() + " " + postgres.getSSLExpireTime();
        });

        cases.run("updates validity and waits", () -> {
            DescribeDBInstanceSSLResponseBody before = ssl(rds, "rm-mssql");
            rds.modifyDBInstanceSSL(
                new ModifyDBInstanceSSLRequest().setDBInstanceId("rm-mssql").setConnectionString(before.getConnectionString()).setSSLEnabled(2));
            Cases.until(() -> status(rds).equals("SSL_MODIFYING"));
            Cases.until(() -> status(rds).equals("Running"));
            Instant old = Instant.parse(before.getSSLExpireTime());
            Instant renewed = Cases.until(() -> {
                Instant found = Instant.parse(ssl(rds, "rm-mssql").getSSLExpireTime());
                return found.equals(old) ? null : found;
            });
            Cases.check(renewed.isAfter(old), renewed);
            return "SSL_MODIFYING, then Running; " + old + " → " + renewed;
        });

        cases.run("finds the update among the history tasks", () -> {
            Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            var items = rds.describeHistoryTasks(
                new DescribeHistoryTasksRequest().setRegionId("cn-hangzhou").setInstanceId("rm-mssql")
                    .setFromStartTime(now.minusSeconds(3600).toString()).setToStartTime(now.plusSeconds(300).toString())).getBody().getItems();
            Cases.equal(items.size(), 1);
            Cases.equal(items.get(0).getStatus(), "Succeed");
            return items.get(0).getTaskType() + " " + items.get(0).getStatus();
        });

        cases.run("moves a scheduled task", () -> {
            var request = new DescribeActiveOperationTasksRequest().setRegion("cn-hangzhou").setTaskType("all");
            var task = rds.describeActiveOperationTasks(request).getBody().getItems().get(0);
            Cases.equal(List.of(task.getInsName(), task.getAllowChange()), List.of("rm-my03", "1"));
            String wanted = Cases.env("TASK_SWITCH_TIME");
            rds.modifyActiveOperationTasks(
                new ModifyActiveOperationTasksRequest().setIds(String.valueOf(task.getId())).setImmediateStart(0).setSwitchTime(wanted));
            Cases.equal(rds.describeActiveOperationTasks(request).getBody().getItems().get(0).getSwitchTime(), wanted);
            return task.getTaskType() + " to " + wanted;
        });

        cases.run("reads a refusal as its own error", () -> {
            TeaException error = Cases.refused(TeaException.class, () -> ssl(rds, "rm-nowhere"));
            Cases.equal(error.getCode(), "InvalidDBInstanceId.NotFound");
            Cases.equal(error.getStatusCode(), 404);
            return "TeaException " + error.getCode() + " " + error.getStatusCode();
        });

        cases.run("is refused with a wrong secret", () -> {
            TeaException error = Cases.refused(TeaException.class, () -> ssl(client(Cases.WRONG), "rm-my00"));
            Cases.equal(error.getCode(), "SignatureDoesNotMatch");
            return "TeaException " + error.getCode();
        });
    }

    private static DescribeDBInstanceSSLResponseBody ssl(Client rds, String instance) throws Exception {
        return rds.describeDBInstanceSSL(new DescribeDBInstanceSSLRequest().setDBInstanceId(instance)).getBody();
    }

    private static String status(Client rds) throws Exception {
        return rds.describeDBInstanceAttribute(new DescribeDBInstanceAttributeRequest().setDBInstanceId("rm-mssql"))
            .getBody().getItems().getDBInstanceAttribute().get(0).getDBInstanceStatus();
    }
}
