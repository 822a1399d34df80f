package axspa;

import ca.uhn.fhir.util.VersionUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** A real HAPI FHIR server (JPA, R4) on loopback, for the tests. README.md beside the pom says how to call it. */
public final class HapiServer {
  private HapiServer() {}

  public static void main(String[] args) {
    try {
      run(Options.read(args));
    } catch (Exception fault) {
      System.err.println("HAPI FHIR did not start: " + fault);
      for (Throwable cause = fault.getCause(); cause != null; cause = cause.getCause()) {
        System.err.println("  because: " + cause);
      }
      // halt, because HAPI's own threads may keep a half-started process alive.
      Runtime.getRuntime().halt(1);
    }
  }

  private static void run(Options options) throws Exception {
    if (options.exitWithStdin()) exitWithStdin();
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();
    beans.registerBean(Options.class, () -> options);
    beans.register(ServerConfig.class);
    beans.refresh();
    Packages.install(options.packages(), beans);
    Server jetty = new Server(new InetSocketAddress("127.0.0.1", options.port()));
    ServletContextHandler root = new ServletContextHandler();
    ServletHolder holder = new ServletHolder(new FhirServlet(beans));
    holder.setInitOrder(1);
    root.addServlet(holder, "/fhir/*");
    jetty.setHandler(root);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(jetty, beans)));
    jetty.start();
    int port = jetty.getURI().getPort();
    System.out.println("HAPI FHIR " + VersionUtil.getVersion() + " ready: http://127.0.0.1:" + port + "/fhir");
  }

  /** The door first, so that nothing is half answered; then HAPI, so that the database is closed tidily. */
  private static void stop(Server jetty, AnnotationConfigApplicationContext beans) {
    try {
      jetty.stop();
    } catch (Exception fault) {
      System.err.println("Jetty did not stop: " + fault);
    }
    beans.close();
  }

  /** A test process that is killed cannot stop its server; but its end of the pipe closes. */
  private static void exitWithStdin() {
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) continue;
              } catch (IOException closed) {
                // The same as the end of it.
              }
              System.exit(0);
            });
    watcher.setDaemon(true);
    watcher.start();
  }
}
