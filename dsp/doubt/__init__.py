"""What lowers the confidence in a burst: no contact before it, lost samples, a reference pair, many doubtful bursts."""
