import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXParseException;

/** XML files of this exchange. */
final class Documents {
    private Documents() {}

    static Document read(Path file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        DocumentBuilder builder = factory.newDocumentBuilder();
        builder.setErrorHandler(SILENT);
        return builder.parse(file.toFile());
    }

    static void write(Document document, Path file) throws Exception {
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        try (OutputStream octets = Files.newOutputStream(file)) {
            transformer.transform(new DOMSource(document), new StreamResult(octets));
        }
    }

    static Element only(Document document, String name) {
        return (Element) document.getElementsByTagName(name).item(0);
    }

    static List<Element> signaturesOf(Element below) {
        List<Element> found = new ArrayList<>();
        NodeList all = below.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        for (int index = 0; index < all.getLength(); index++) {
            found.add((Element) all.item(index));
        }
        return found;
    }

    /** What is signed as a whole: a batch, or the content of transaction 3. */
    static boolean isBatch(Document document) {
        String root = document.getDocumentElement().getNodeName();
        return "DANH_SACH_HOC_BA".equals(root) || "DANG_KY_CHUNG_THU_SO".equals(root);
    }

    /** The last child element of the root, where a transaction is signed. */
    static Element lastChild(Document document) {
        Node node = document.getDocumentElement().getLastChild();
        while (node != null && !(node instanceof Element)) {
            node = node.getPreviousSibling();
        }
        return (Element) node;
    }

    static String onOneLine(String text) {
        return String.valueOf(text).replaceAll("\\s+", " ");
    }

    static String name(Throwable error) {
        return error.getClass().getSimpleName() + ": " + onOneLine(error.getMessage());
    }

    private static final ErrorHandler SILENT = new ErrorHandler() {
        @Override
        public void warning(SAXParseException error) {}

        @Override
        public void error(SAXParseException error) throws SAXParseException {
            throw error;
        }

        @Override
        public void fatalError(SAXParseException error) throws SAXParseException {
            throw error;
        }
    };
}
