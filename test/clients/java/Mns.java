import com.aliyun.mns.client.CloudQueue;
import com.aliyun.mns.client.MNSClient;
import com.aliyun.mns.client.MNSClientBuilder;
import com.aliyun.mns.common.ServiceException;
import com.aliyun.mns.common.ServiceHandlingRequiredException;
import com.aliyun.mns.model.Message;
import com.aliyun.mns.model.PagingListResult;
import com.aliyun.mns.model.QueueMeta;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

final class Mns {
    private static final String ENDPOINT = Cases.env("MNS_ENDPOINT");

    private static MNSClient client(String secret) {
        return MNSClientBuilder.create().accountEndpoint(ENDPOINT).accessKeyId(Cases.KEY).accessKeySecret(secret).region(Cases.env("REGION")).build();
    }

    private static QueueMeta meta(long visibility) {
        QueueMeta meta = new QueueMeta();
        meta.setQueueName("java");
        meta.setVisibilityTimeout(visibility);
        return meta;
    }

    private static Message sent;
    private static Message last;

    public static void main(String[] args) throws Exception {
        Cases cases = new Cases("MNS", MNSClient.class);
        MNSClient mns = client(Cases.SECRET);
        CloudQueue queue = mns.getQueueRef("java");

        cases.run("creates a queue, again, and not with other attributes", () -> {
            String url = queue.create(meta(2));
            Cases.equal(url, ENDPOINT + "/queues/java");
            queue.create(meta(2));
            ServiceException error = Cases.refused(ServiceException.class, () -> queue.create(meta(3)));
            Cases.equal(error.getErrorCode(), "QueueAlreadyExist");
            return url.replaceAll(":\\d+", "") + " then " + error.getErrorCode();
        });

        cases.run("reads attributes and lists queues", () -> {
            QueueMeta found = queue.getAttributes();
            Cases.equal(found.getVisibilityTimeout(), 2L);
            Cases.equal(found.getActiveMessages(), 0L);
            PagingListResult<String> first = mns.listQueueURL("", "", 2);
            Cases.equal(first.getResult().size(), 2);
            PagingListResult<String> second = mns.listQueueURL("", first.getMarker(), 2);
            Cases.equal(second.getResult().size(), 1);
            return "visibility 2 and 3 queues on 2 pages";
        });

        cases.run("sends with a delay", () -> {
            Message message = new Message("größer < & > 延迟");
            message.setDelaySeconds(1);
            sent = queue.putMessage(message);
            Cases.equal(queue.popMessage(0), null);
            last = queue.popMessage(5);
            Cases.equal(last.getMessageId(), sent.getMessageId());
            Cases.equal(last.getMessageBodyAsString(), "größer < & > 延迟");
            return "nothing at once, then " + last.getMessageBodyAsString();
        });

        cases.run("receives, and the receipt handle changes", () -> {
            String first = last.getReceiptHandle();
            Cases.equal(queue.popMessage(0), null);
            last = queue.popMessage(5);
            Cases.equal(last.getDequeueCount(), 2);
            Cases.check(!last.getReceiptHandle().equals(first), "the same receipt handle");
            ServiceHandlingRequiredException error = Cases.refused(ServiceHandlingRequiredException.class, () -> queue.deleteMessage(first));
            Cases.equal(error.getErrorCode(), "MessageNotExist");
            return "received 2 times; the first handle: " + error.getErrorCode();
        });

        cases.run("changes visibility", () -> {
            long began = System.currentTimeMillis();
            Message changed = queue.changeMessageVisibility(last.getReceiptHandle(), 1);
            Cases.check(Math.abs(changed.getNextVisibleTime().getTime() - began - 1000) < 1000, changed.getNextVisibleTime());
            last = queue.popMessage(5);
            Cases.equal(last.getDequeueCount(), 3);
            return "visible again after a second";
        });

        cases.run("deletes", () -> {
            queue.deleteMessage(last.getReceiptHandle());
            Thread.sleep(2100);
            Cases.equal(queue.popMessage(0), null);
            return "gone after its visibility ran out";
        });

        cases.run("sends, receives and deletes a batch", () -> {
            List<Message> messages = new ArrayList<>();
            for (int at = 0; at < 5; at++) messages.add(new Message("number " + at));
            HashSet<String> ids = new HashSet<>();
            for (Message one : queue.batchPutMessage(messages)) ids.add(one.getMessageId());
            Cases.equal(ids.size(), 5);
            List<Message> received = queue.batchPopMessage(16, 1);
            Cases.equal(received.stream().map(Message::getMessageBodyAsString).toList(), messages.stream().map(Message::getMessageBodyAsString).toList());
            List<String> handles = received.stream().map(Message::getReceiptHandle).toList();
            queue.batchDeleteMessage(handles.subList(0, 4));
            ServiceHandlingRequiredException error = Cases.refused(ServiceHandlingRequiredException.class, () -> queue.batchDeleteMessage(handles));
            Cases.equal(error.getMessage().split("MessageNotExist", -1).length - 1, 4);
            return "5 sent and received; 4 failures of the second deletion";
        });

        cases.run("finds a message in the dead-letter queue", () -> {
            CloudQueue poisoned = mns.getQueueRef("poisoned");
            CloudQueue dead = mns.getQueueRef("dead");
            poisoned.putMessage(new Message("poison"));
            Cases.equal(poisoned.popMessage(0).getMessageBodyAsString(), "poison");
            Message moved = dead.popMessage(5);
            Cases.equal(moved.getMessageBodyAsString(), "poison");
            dead.deleteMessage(moved.getReceiptHandle());
            Cases.equal(poisoned.popMessage(0), null);
            return "moved after 1 receipt";
        });

        cases.run("polls long", () -> {
            long began = System.nanoTime();
            Cases.equal(queue.popMessage(1), null);
            long waited = (System.nanoTime() - began) / 1_000_000;
            Cases.check(waited > 900 && waited < 3000, waited + " ms");
            return "nothing, after about a second";
        });

        cases.run("reads a refusal as its own error", () -> {
            ServiceException error = Cases.refused(ServiceException.class, () -> mns.getQueueRef("nowhere").putMessage(new Message("x")));
            Cases.equal(error.getErrorCode(), "QueueNotExist");
            return "ServiceException " + error.getErrorCode();
        });

        cases.run("is refused with a wrong secret", () -> {
            MNSClient stranger = client(Cases.WRONG);
            ServiceException error = Cases.refused(ServiceException.class, () -> stranger.getQueueRef("java").getAttributes());
            stranger.close();
            Cases.equal(error.getErrorCode(), "SignatureDoesNotMatch");
            return "ServiceException " + error.getErrorCode();
        });
        mns.close();
        System.exit(0);
    }
}
