package axspa;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** What the command line says: which port, which database, which packages. */
record Options(
    int port, Path data, String jdbc, String user, String password, List<Path> packages, boolean exitWithStdin) {

  static Options read(String[] args) {
    int port = 0;
    Path data = null;
    String jdbc = null;
    String user = "";
    String password = "";
    boolean exitWithStdin = false;
    List<Path> packages = new ArrayList<>();
    Iterator<String> words = List.of(args).iterator();
    while (words.hasNext()) {
      String word = words.next();
      switch (word) {
        case "--port" -> port = Integer.parseInt(valueOf(word, words));
        case "--data" -> data = Path.of(valueOf(word, words)).toAbsolutePath();
        case "--jdbc" -> jdbc = valueOf(word, words);
        case "--user" -> user = valueOf(word, words);
        case "--password" -> password = valueOf(word, words);
        case "--package" -> packages.add(readable(valueOf(word, words)));
        case "--exit-with-stdin" -> exitWithStdin = true;
        default -> throw new IllegalArgumentException("not an option: " + word);
      }
    }
    if (data != null && jdbc != null) throw new IllegalArgumentException("--data and --jdbc exclude each other");
    return new Options(port, data, jdbc, user, password, List.copyOf(packages), exitWithStdin);
  }

  private static String valueOf(String option, Iterator<String> words) {
    if (!words.hasNext()) throw new IllegalArgumentException(option + " needs a value");
    return words.next();
  }

  private static Path readable(String file) {
    Path path = Path.of(file).toAbsolutePath();
    if (!Files.isReadable(path)) throw new IllegalArgumentException("no such file: " + path);
    return path;
  }
}
