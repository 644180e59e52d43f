import "./plan.css";
